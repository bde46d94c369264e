/* Entry of every handler, and the instructions that fault. */
#include "scenario.h"
    .cpu cortex-m4
    .fpu fpv4-sp-d16      /* a core without FPU executes them, too, and faults */
    .syntax unified
    .thumb
    .text

    .macro handler name
    .thumb_func
    .global \name
    .type \name, %function
\name:
    .endm

    handler NMI_Handler
    handler HardFault_Handler
    handler MemManage_Handler
    handler BusFault_Handler
    handler UsageFault_Handler
    handler SVC_Handler
    handler PendSV_Handler
    handler SysTick_Handler
    handler IRQ0_Handler
    handler IRQ1_Handler
    handler IRQ2_Handler
    handler IRQ3_Handler
    handler IRQ4_Handler
    handler IRQ5_Handler
    mov r0, sp
    mov r1, lr
    push {r4, lr}
    bl handle
    pop {r4, lr}
    bx r0

/* Thread mode begins here, at the start of a scenario and after a frame was lost. The stack is the one in use. */
    .thumb_func
    .global thread_entry
    .type thread_entry, %function
thread_entry:
    bl thread
    svc FINISH_SVC
    b thread_entry          /* nobody saw it: try again, until that is too often */

/* void start(uint32_t psp, uint32_t control): from privileged Thread mode on MSP. */
    .thumb_func
    .global start
    .type start, %function
start:
    push {r4-r11, r12, lr}
    ldr r2, =saved_sp
    mov r3, sp
    str r3, [r2]
    msr psp, r0
    msr control, r1
    isb
    b thread_entry

/* Where the last SVC of a scenario returns to: privileged, on MSP. */
    .thumb_func
    .global scenario_done
    .type scenario_done, %function
scenario_done:
    movs r2, #0
    msr control, r2
    isb
    ldr r2, =saved_sp
    ldr r2, [r2]
    mov sp, r2
    pop {r4-r11, r12, pc}
    .pool

/* void do_stack_fault(uint32_t psp, volatile uint32_t *icsr): an exception when nothing can be stacked there. */
    .thumb_func
    .global do_stack_fault
    .type do_stack_fault, %function
do_stack_fault:
    mrs r2, psp
    mov r3, #0x10000000
    msr psp, r0
    cbz r1, 1f
    str r3, [r1]        /* PENDSVSET */
    dsb
    isb
    cpsie f             /* where FAULTMASK holds it back */
    isb
    b 2f
1:  svc #1
2:  msr psp, r2
    bx lr

    .macro faulty name
    .thumb_func
    .global \name
    .type \name, %function
\name:
    .endm

    faulty do_svc
    svc #1
    bx lr
    .balign 4               /* NO_T_JUMP goes here: see Q-15 */
    faulty do_undefined
    udf #7
    bx lr
    faulty do_load
    ldr r0, [r0]
    bx lr
    faulty do_store
    str r1, [r0]
    bx lr
    faulty do_unaligned
    ldrd r0, r1, [r0]
    bx lr
    faulty do_divide
    movs r1, #0
    udiv r0, r0, r1
    bx lr
    faulty do_jump
    push {r4, lr}
    blx r0
    pop {r4, pc}
    faulty do_fp
    vmov s0, r0
    vadd.f32 s1, s0, s0
    vmov s20, r0
    bx lr
    faulty reset_fp
    movs r0, #0
    vmsr fpscr, r0
    vmov s0, r0
    vmov s20, r0
    bx lr
    faulty do_fp_check
    vmrs r1, fpscr
    str r1, [r0]
    vmov r1, s0
    str r1, [r0, #4]
    vmov r1, s20
    str r1, [r0, #8]
    bx lr
