/* Runs one case: loads every register, jumps into the case, and comes back by SVC or by a fault.

   The case runs in Thread mode on the process stack, so that what it and the exception push is in the memory that is
   compared, and what the runner needs is on the main stack. Layout of struct state: see runner.h. */
#include "runner.h"
    .syntax unified
    .thumb
    .text

/* void run_case(const struct state *state, uint32_t code, uint32_t control) */
    .thumb_func
    .global run_case
    .type run_case, %function
run_case:
    push {r4-r11, r12, lr}
    ldr r3, =saved_sp
    mov r4, sp
    str r4, [r3]
    add r3, r0, #STATE_FP
    vldmia r3!, {s0-s31}
    ldr r4, [r3]
    vmsr fpscr, r4
    ldr lr, =CASE_SP - 56
    msr psp, lr
    ldmia r0!, {r3-r9}
    stmia lr!, {r3-r9}
    ldmia r0!, {r3-r8}
    stmia lr!, {r3-r8}
    str r1, [lr]            /* popped into the PC, after r0-r12 */
    ldr r4, [r0]
    msr control, r2
    isb
    msr apsr_nzcvqg, r4
    ldr lr, =CASE_LR
    pop {r0-r12, pc}
    .pool

/* The end of every case. */
    .thumb_func
    .global case_end
    .type case_end, %function
case_end:
    svc #0

/* SVC and the faults: record, then return to the runner through a frame of its own. */
    .thumb_func
    .global SVC_Handler
    .thumb_func
    .global HardFault_Handler
    .thumb_func
    .global MemManage_Handler
    .thumb_func
    .global BusFault_Handler
    .thumb_func
    .global UsageFault_Handler
    .type SVC_Handler, %function
    .type HardFault_Handler, %function
    .type MemManage_Handler, %function
    .type BusFault_Handler, %function
    .type UsageFault_Handler, %function
SVC_Handler:
HardFault_Handler:
MemManage_Handler:
BusFault_Handler:
UsageFault_Handler:
    push {r4-r11}
    mov r1, sp
    mov r2, lr
    mrs r0, psp
    bl record
    pop {r4-r11}
    ldr lr, =0xFFFFFFFD
    bx lr
    .pool

/* Where the handlers return to. */
    .thumb_func
    .global case_done
    .type case_done, %function
case_done:
    movs r0, #0
    msr control, r0
    isb
    ldr r0, =saved_sp
    ldr r0, [r0]
    mov sp, r0
    pop {r4-r11, r12, pc}
    .pool

/* void store_fp(uint32_t *s): s0-s31 and FPSCR. */
    .thumb_func
    .global store_fp
    .type store_fp, %function
store_fp:
    vstmia r0!, {s0-s31}
    vmrs r1, fpscr
    str r1, [r0]
    bx lr
