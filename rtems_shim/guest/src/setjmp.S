/*
 * setjmp() and longjmp() with the registers of the FPU that a callee keeps, which the linked library's do not save.
 * A jmp_buf has the 26 words that they take: include/setjmp.h.
 */

	.syntax unified
	.thumb

	.macro FUNCTION name
	.section .text.\name, "ax", %progbits
	.global \name
	.type \name, %function
	.thumb_func
	.balign 4
\name:
	.cfi_startproc
	.endm

	.macro END_FUNCTION name
	.cfi_endproc
	.size \name, . - \name
	.endm

	FUNCTION setjmp
	mov r12, sp
	stmia r0!, {r4-r12, lr}
#ifdef __ARM_FP
	vstmia r0!, {s16-s31}
#endif
	movs r0, #0
	bx lr
	END_FUNCTION setjmp

/* The other return of setjmp(): with r1, or 1 for 0. */
	FUNCTION longjmp
	ldmia r0!, {r4-r12, lr}
#ifdef __ARM_FP
	vldmia r0!, {s16-s31}
#endif
	mov sp, r12
	movs r0, r1
	it eq
	moveq r0, #1
	bx lr
	END_FUNCTION longjmp
