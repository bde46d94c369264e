/* Vector table and reset handler for programs on newlib: enables the FPU, where the compiler uses one, and goes on to
   the C library's own start-up code. */
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word stack_top
    .word start
    .rept 14
    .word unexpected
    .endr

    .text
    .thumb_func
    .global start
    .type start, %function
start:
#ifdef __ARM_FP
    ldr r0, =0xE000ED88     /* CPACR: full access to CP10 and CP11 */
    ldr r1, [r0]
    orr r1, r1, #0x00F00000
    str r1, [r0]
    dsb
    isb
#endif
    b _start
    .pool

/* No program here should raise an exception: say which one by the exit code. */
    .thumb_func
    .type unexpected, %function
unexpected:
    mrs r2, ipsr
    adds r2, #100
    ldr r1, =0x20026
    push {r1, r2}
    mov r1, sp
    movs r0, #0x20
    bkpt 0xAB
    b .
    .pool
