/*
 * An unprivileged write to BASEPRI, which is silently ignored. A task that believes to hold off the tick reads a counter
 * twice; MSR had no effect, and the tick comes in between.
 */
#define SYSTICK systick
#include "museum.inc"

	.equ	FIRST, 0x20002000
	.equ	SECOND, 0x20004000
	.equ	COUNTER, FIRST

	.section .rodata, "a", %progbits
	.balign 4
tasks:	.word critical, FIRST + 8 * 1024, yields, SECOND + 8 * 1024
regions:
	.word CODE | VALID | 0, RO | SIZE_16K | ENABLE
regions_end:
	.equ	control, 5

	.text
	FUNCTION map
	ldr r0, =SYST_CSR
	ldr r1, =199
	str r1, [r0, #4]
	str r1, [r0, #8]
	movs r1, #7
	str r1, [r0]
	ldr r0, =FIRST | VALID | 1
	cbz r2, 1f
	ldr r0, =SECOND | VALID | 1
1:	ldr r1, =XN | RW | SIZE_8K | ENABLE
	ldr r2, =MPU_RBAR
	strd r0, r1, [r2]
	bx lr

	FUNCTION critical
	ldr r0, =COUNTER
	movs r1, #0x20
	msr basepri, r1			/* ignored: nPRIV is set */
	ldr r2, [r0]
	movs r4, #250
1:	subs r4, r4, #1
	bne 1b
	ldr r3, [r0]
	cmp r2, r3
	beq failed			/* as the author of the task expected */
	b done

	FUNCTION systick
	ldr r0, =COUNTER
	ldr r1, [r0]
	adds r1, r1, #1
	str r1, [r0]
	bx lr
