/*
 * Overlapping regions, of which the higher number decides. Region 2 closes what the kernel keeps in the tasks' memory;
 * a buffer that the task shares gets region 3, is rounded to 4 KiB, and opens the closed kilobyte again.
 */
#include "museum.inc"

	.equ	FIRST, 0x20002000	/* 8 KiB, of which the second kilobyte is the kernel's */
	.equ	SECRET, 0x20002400
	.equ	BUFFER, 0x20002800	/* 1 KiB, within FIRST */
	.equ	SECOND, 0x20004000

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word yields, FIRST + 8 * 1024, yields, SECOND + 8 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
	.word FIRST | VALID | 1, XN | RW | SIZE_8K | ENABLE
	.word SECRET | VALID | 2, XN | NONE | SIZE_1K | ENABLE
regions_end:
	.equ	control, 5		/* ENABLE, PRIVDEFENA: the kernel has the default map */

	.text
	FUNCTION map
	ldr r0, =BUFFER & ~0xFFF | VALID | 3
	ldr r1, =XN | RW | SIZE_4K | ENABLE
	cbz r2, 1f
	ldr r0, =SECOND | VALID | 3
	ldr r1, =XN | RW | SIZE_8K | ENABLE
1:	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr
