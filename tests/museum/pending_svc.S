/*
 * An SVC left pending by a stacking fault, which another task then performs. The first task moves its stack pointer to
 * the kernel's data and makes an SVC: stacking faults, MemManage comes first, and SVCall stays pending. The handler of
 * MemManage ends the task and goes on with the second one, for which SVCall is then taken: a call that it never made.
 * SHCSR.SVCALLPENDED is what the handler had to clear.
 */
#define MEM_MANAGE mem_manage
#define SVCALL svcall
#include "museum.inc"

	.equ	FIRST, 0x20002000
	.equ	SECOND, 0x20004000

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word attacks, FIRST + 8 * 1024, waits, SECOND + 8 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
regions_end:
	.equ	control, 5

	.text
	FUNCTION map
	ldr r0, =FIRST | VALID | 1
	cbz r2, 1f
	ldr r0, =SECOND | VALID | 1
1:	ldr r1, =XN | RW | SIZE_8K | ENABLE
	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr

	FUNCTION attacks
	ldr r0, =KERNEL + 0x400
	mov sp, r0
	svc #0
	b failed

	FUNCTION waits
	movs r4, #100
1:	subs r4, r4, #1
	bne 1b
	b done

/* The task is over; PendSV's work is done here, as for an end of a task. */
	FUNCTION mem_manage
	ldr r0, =SCB_CFSR
	ldr r1, [r0]
	str r1, [r0]
	movs r0, #0
	msr psp, r0
	b switch

/* The kernel's one call ends the program: whose call is it? */
	FUNCTION svcall
	b failed
