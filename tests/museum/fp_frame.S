/*
 * A stack overflow while entering SVCall with an FP frame. The first task has used the FPU, so the frame of its SVC is
 * 104 bytes, and 64 are left. The words that are stacked are the lowest 32 bytes: below the stack. MSTKERR is raised,
 * and PSP points to a frame that was never written. The handler of MemManage does as if it were SVCall, and answers by
 * a store to the r0 of that frame: with the kernel's rights it hits what is below the stack.
 */
#define MEM_MANAGE mem_manage
#include "museum.inc"
	.fpu fpv4-sp-d16

	.equ	FIRST, 0x20003000	/* 4 KiB; below it is the second task's */
	.equ	SECOND, 0x20002000	/* 4 KiB */

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word overflows, FIRST + 4 * 1024, yields, SECOND + 4 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE

regions_end:
	.equ	control, 5

	.text
	FUNCTION map
	ldr r0, =SCB_CPACR
	ldr r1, =0x00F00000
	str r1, [r0]			/* CP10, CP11 */
	ldr r0, =FIRST | VALID | 1
	cbz r2, 1f
	ldr r0, =SECOND | VALID | 1
1:	ldr r1, =XN | RW | SIZE_4K | ENABLE
	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr

	FUNCTION overflows
	ldr r0, =FIRST + 64
	mov sp, r0
	vmov.f32 s0, #1.0		/* CONTROL.FPCA */
	svc #0
	b failed

	FUNCTION mem_manage
	mrs r0, psp
	ldr r1, =0xDEADBEEF
	str r1, [r0]			/* below FIRST: the second task's */
	b done
