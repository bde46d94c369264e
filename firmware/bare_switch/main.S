/*
 * A kernel on the bare machine: three tasks, a tick that preempts them, and a PendSV that moves the MPU's region 2 to
 * the stack of the heir, so that no task can use another's. No C library and nothing of RTEMS.
 *
 * Each task counts on its own stack and yields (SVC, which pends PendSV). When task 0 has had its turns it stores to
 * the stack of task 1: MemManage must say so (DACCVIOL at that address). The outcome is reported by semihosting.
 */

	.file "main.S"		/* the object's own name would be a temporary one */
	.syntax unified
	.thumb

	.equ	SYST_CSR,    0xE000E010
	.equ	SCB_ICSR,    0xE000ED04
	.equ	SCB_SHPR3,   0xE000ED20
	.equ	SCB_SHCSR,   0xE000ED24
	.equ	SCB_CFSR,    0xE000ED28
	.equ	SCB_MMFAR,   0xE000ED34
	.equ	MPU_CTRL,    0xE000ED94
	.equ	MPU_RBAR,    0xE000ED9C
	.equ	PENDSVSET,   1 << 28
	.equ	MEMFAULTENA, 1 << 16
	.equ	VALID,       1 << 4
	.equ	DACCVIOL,    0x82		/* with MMARVALID */

	.equ	TASKS,       3
	.equ	TURNS,       40
	.equ	TICK,        700
	.equ	MAIN_STACK,  0x20000400
	.equ	SAVED,       0x20000800	/* the stack pointer of each task */
	.equ	CURRENT,     0x20000810
	.equ	STACKS,      0x20002000
	.equ	STACK_SIZE,  1024

	.equ	SYS_EXIT,    0x18
	.equ	EXIT_OK,     0x20026
	.equ	EXIT_ERROR,  0x20023

	.section .vectors, "a", %progbits
	.balign 128
	.word MAIN_STACK
	.word reset
	.word failed				/* NMI */
	.word failed				/* HardFault */
	.word mem_manage
	.word failed				/* BusFault */
	.word failed				/* UsageFault */
	.word 0, 0, 0, 0
	.word yield				/* SVCall */
	.word failed				/* DebugMonitor */
	.word 0
	.word switch				/* PendSV */
	.word yield				/* SysTick */

	.section .rodata, "a", %progbits
	.balign 4
/* RBAR (with the region number), RASR. Size field n: 2^(n+1) bytes. */
regions:
	.word 0x00000000 | VALID | 0, (6 << 24) | (13 << 1) | 1			/* code: read, execute; 16 KiB */
	.word 0x20000000 | VALID | 1, (1 << 28) | (3 << 24) | (11 << 1) | 1	/* kernel's data: 4 KiB */
	.word STACKS | VALID | 2, (1 << 28) | (3 << 24) | (9 << 1) | 1		/* the running task's stack: 1 KiB */
	.equ	REGION_WORDS, (. - regions) / 4

	.text
	.macro FUNCTION name
	.global \name
	.type \name, %function
	.thumb_func
	.balign 4
\name:
	.endm

	FUNCTION reset
	ldr r0, =SCB_SHCSR
	ldr r1, =MEMFAULTENA
	str r1, [r0]
	ldr r0, =SCB_SHPR3
	ldr r1, =0xC0E00000			/* PendSV is the least urgent, the tick comes before it */
	str r1, [r0]

/* A frame for each task but the first, as an exception leaves it, below it r4 to r11. */
	ldr r0, =STACKS + STACK_SIZE
	ldr r1, =SAVED
	ldr r2, =task
	movs r3, #TASKS
	movs r4, #0
	ldr r6, =0x01000000			/* xPSR.T */
1:	add r0, r0, #STACK_SIZE
	subs r5, r0, #64
	str r5, [r1, #4]!
	str r4, [r0, #-32]			/* r0 */
	str r2, [r0, #-8]			/* pc */
	str r6, [r0, #-4]
	subs r3, r3, #1
	bne 1b

	ldr r0, =regions
	ldr r1, =MPU_RBAR
	movs r2, #REGION_WORDS / 2
1:	ldrd r3, r4, [r0], #8
	strd r3, r4, [r1]			/* RBAR names the region, RASR fills and enables it */
	subs r2, r2, #1
	bne 1b
	ldr r1, =MPU_CTRL
	movs r0, #1				/* PRIVDEFENA 0: what no region allows is refused */
	str r0, [r1]
	dsb
	isb

	ldr r0, =SYST_CSR
	ldr r1, =TICK - 1
	str r1, [r0, #4]
	str r1, [r0, #8]
	movs r1, #7
	str r1, [r0]
	ldr r0, =STACKS + STACK_SIZE
	msr psp, r0
	movs r0, #2
	msr control, r0				/* task 0 is this code, on its own stack from here on */
	isb

	FUNCTION task
	movs r4, #TURNS
1:	push {r4}
	pop {r5}
	cmp r4, r5
	bne failed
	svc #1
	subs r4, r4, #1
	bne 1b
	ldr r0, =CURRENT
	ldr r0, [r0]
	cmp r0, #0
	bne .
	ldr r0, =STACKS + STACK_SIZE + 16	/* of task 1 */
	str r0, [r0]
	b failed

/* SVCall and SysTick: the heir is chosen once everything more urgent is done. */
	FUNCTION yield
	ldr r0, =SCB_ICSR
	ldr r1, =PENDSVSET
	str r1, [r0]
	bx lr

/* Save with the old map, then open the heir's stack alone, then restore with the new one. */
	FUNCTION switch
	mrs r0, psp
	stmdb r0!, {r4-r11}
	ldr r1, =CURRENT
	ldr r2, [r1]
	ldr r3, =SAVED
	str r0, [r3, r2, lsl #2]
	adds r2, r2, #1
	cmp r2, #TASKS
	it eq
	moveq r2, #0
	str r2, [r1]
	ldr r0, =STACKS | VALID | 2
	add r0, r0, r2, lsl #10
	ldr r1, =MPU_RBAR
	str r0, [r1]
	dsb
	isb
	ldr r0, [r3, r2, lsl #2]
	ldmia r0!, {r4-r11}
	msr psp, r0
	bx lr

	FUNCTION mem_manage
	ldr r0, =SCB_CFSR
	ldr r1, [r0]
	cmp r1, #DACCVIOL
	bne failed
	ldr r0, =SCB_MMFAR
	ldr r0, [r0]
	ldr r1, =STACKS + STACK_SIZE + 16
	cmp r0, r1
	bne failed
	ldr r1, =EXIT_OK
	b exit

	FUNCTION failed
	ldr r1, =EXIT_ERROR

	FUNCTION exit
	movs r0, #SYS_EXIT
	bkpt 0xAB
	b .
