/* Vector table and reset handler. Every handler is weak, those of the faults and SVC in attempt.S and the rest
   here: a program defines those it wants by the names below. An exception that nobody handles ends the run with exit
   code 100 + the exception number. */
    .syntax unified
    .thumb

    .equ CONFORMANCE_MAGIC, 0x4E4F4352

    .macro handler name
    .weak \name
    .thumb_set \name, unhandled
    .word \name
    .endm

    .section .vectors, "a"
    .balign 1024
    .global vectors
vectors:
    .word stack_top
    .word Reset_Handler
    handler NMI_Handler
    .word HardFault_Handler
    .word MemManage_Handler
    .word BusFault_Handler
    .word UsageFault_Handler
    .word 0, 0, 0, 0
    .word SVC_Handler
    handler DebugMon_Handler
    .word 0
    handler PendSV_Handler
    handler SysTick_Handler
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    handler IRQ\n\()_Handler
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    handler IRQ\n\()_Handler
    .endr

    .text
    .thumb_func
    .global Reset_Handler
    .type Reset_Handler, %function
Reset_Handler:
    ldr r0, =data_start
    ldr r1, =data_end
    ldr r2, =data_load
1:  cmp r0, r1
    ittt lo
    ldrlo r3, [r2], #4
    strlo r3, [r0], #4
    blo 1b
    ldr r0, =bss_start
    ldr r1, =bss_end
    movs r2, #0
2:  cmp r0, r1
    itt lo
    strlo r2, [r0], #4
    blo 2b
    ldr r0, =conformance_report /* after a reset by the program it goes on, and .noinit keeps its contents */
    ldr r1, =CONFORMANCE_MAGIC
    ldr r3, [r0]
    cmp r3, r1
    beq 4f
    stm r0, {r1, r2}
    strd r2, r2, [r0, #8]
    ldr r1, =noinit_start
3:  cmp r1, r0
    itt lo
    strlo r2, [r1], #4
    blo 3b
4:  ldr r0, =0xE000ED88
    ldr r1, [r0]
    ldr r2, =cpacr_at_reset
    str r1, [r2]
#ifdef __ARM_FP
    orr r1, r1, #0x00F00000 /* CPACR: full access to CP10 and CP11 */
    str r1, [r0]
    dsb
    isb
#endif
    bl main
    bl finish
    .pool

    .thumb_func
    .type unhandled, %function
unhandled:
    mrs r0, ipsr
    adds r0, #100
    b finish

    .section .noinit, "aw", %nobits
    .balign 4
    .global cpacr_at_reset
cpacr_at_reset:
    .space 4
