/*
 * A region rounded up. A task asks for 5 KiB; the kernel takes the next power of two, and does not ask who else is in
 * those 8 KiB: the stack of the second task is.
 */
#include "museum.inc"

	.equ	FIRST, 0x20002000	/* 5 KiB */
	.equ	SECOND, 0x20003400	/* 3 KiB, which the first task can use */

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word yields, FIRST + 5 * 1024, yields, SECOND + 3 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
regions_end:
	.equ	control, 5		/* ENABLE, PRIVDEFENA: the kernel has the default map */

	.text
	FUNCTION map
	cbnz r2, 1f
	ldr r0, =FIRST | VALID | 1
	ldr r1, =XN | RW | SIZE_8K | ENABLE
	b 2f
1:	ldr r0, =FIRST | VALID | 1		/* of the same 8 KiB the last three subregions: right */
	ldr r1, =XN | RW | 0x1F << 8 | SIZE_8K | ENABLE
2:	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr
