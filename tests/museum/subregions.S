/*
 * Subregion arithmetic that exposes a neighbour. The first task has 5 KiB of an 8 KiB region, so that the subregions 5, 6
 * and 7 must be disabled: 0xFF << 5. The kernel shifts by one too much, and 1 KiB of its own data behind the task's
 * memory is the task's, too.
 */
#include "museum.inc"

	.equ	FIRST, 0x20002000	/* 5 KiB, behind it what the kernel keeps for the task */
	.equ	SECOND, 0x20004000	/* 8 KiB */

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word yields, FIRST + 5 * 1024, yields, SECOND + 8 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
regions_end:
	.equ	control, 5		/* ENABLE, PRIVDEFENA: the kernel has the default map */

	.text
	FUNCTION map
	cbnz r2, 1f
	ldr r0, =FIRST | VALID | 1
	ldr r1, =XN | RW | (((0xFF << 6) & 0xFF) << 8) | SIZE_8K | ENABLE	/* << 5 was meant */
	b 2f
1:	ldr r0, =SECOND | VALID | 1
	ldr r1, =XN | RW | SIZE_8K | ENABLE
2:	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr
