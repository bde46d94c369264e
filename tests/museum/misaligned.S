/*
 * A region whose base is not a multiple of its size. The task's 8 KiB begin at 0x20003000; the MPU compares only the
 * address bits above the size, so the region is 0x20002000..0x20003fff: the upper half of the task's memory, where its
 * stack is, is missing, and the 4 KiB in front of it are the task's.
 */
#include "museum.inc"

	.equ	FIRST, 0x20003000	/* 8 KiB */
	.equ	SECOND, 0x20006000	/* 8 KiB */

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word yields, FIRST + 4 * 1024, yields, SECOND + 8 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
regions_end:
	.equ	control, 5		/* ENABLE, PRIVDEFENA: the kernel has the default map */

	.text
	FUNCTION map
	ldr r0, =FIRST | VALID | 1
	cbz r2, 1f
	ldr r0, =SECOND | VALID | 1
1:	ldr r1, =XN | RW | SIZE_8K | ENABLE
	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr
