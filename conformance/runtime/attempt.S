    .syntax unified
    .thumb
    .text

/* uint32_t attempt(attempted f, a, b, c): see faults.h. */
    .thumb_func
    .global attempt
    .type attempt, %function
attempt:
    push {r4-r11, r12, lr}
    ldr r4, =attempt_sp
    mov r5, sp
    str r5, [r4]
    ldr r4, =attempt_control
    mrs r5, control
    str r5, [r4]
    mov r4, r0
    mov r0, r1
    mov r1, r2
    mov r2, r3
    blx r4
    pop {r4-r11, r12, pc}

    .thumb_func
    .global attempt_return
    .type attempt_return, %function
attempt_return:
    ldr r4, =attempt_control
    ldr r4, [r4]
    msr control, r4
    isb
    ldr r4, =attempt_sp
    ldr r4, [r4]
    mov sp, r4
    ldr r0, =0xFA17FA17
    pop {r4-r11, r12, pc}

    .thumb_func
    .global HardFault_Handler
    .thumb_func
    .global MemManage_Handler
    .thumb_func
    .global BusFault_Handler
    .thumb_func
    .global UsageFault_Handler
    .weak HardFault_Handler
    .weak MemManage_Handler
    .weak BusFault_Handler
    .weak UsageFault_Handler
    .type HardFault_Handler, %function
    .type MemManage_Handler, %function
    .type BusFault_Handler, %function
    .type UsageFault_Handler, %function
HardFault_Handler:
MemManage_Handler:
BusFault_Handler:
UsageFault_Handler:
    mov r0, sp
    mov r1, lr
    push {r4, lr}
    bl record_fault
    pop {r4, lr}
    bx r0

    .thumb_func
    .global become_privileged
    .type become_privileged, %function
become_privileged:
    svc 0x7F
    bx lr

    .thumb_func
    .weak SVC_Handler
    .global SVC_Handler
    .type SVC_Handler, %function
SVC_Handler:
    mrs r0, control
    bic r0, #1
    msr control, r0
    isb
    bx lr
    .pool
