/*
 * MPU_CTRL.PRIVDEFENA open for a handler. The kernel's handlers are to be bound by the map, too: its table is
 * read-only. The SVCall handler sets PRIVDEFENA to reach a register, and leaves it set. No task has more rights for
 * it, and nothing faults; every handler from then on may write everywhere.
 */
#define SVCALL svcall
#include "museum.inc"

	.equ	FIRST, 0x20002000
	.equ	SECOND, 0x20004000

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word yields, FIRST + 8 * 1024, yields, SECOND + 8 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
	.word KERNEL | VALID | 1, XN | 1 << 24 | SIZE_4K | ENABLE
regions_end:
	.equ	control, 1		/* ENABLE alone */

	.text
	FUNCTION map
	ldr r0, =FIRST | VALID | 2
	cbz r2, 1f
	ldr r0, =SECOND | VALID | 2
1:	ldr r1, =XN | RW | SIZE_8K | ENABLE
	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr

	FUNCTION svcall
	ldr r0, =MPU_CTRL
	movs r1, #5
	str r1, [r0]			/* and never 1 again */
	dsb
	isb
	b yield
