/*
 * unsigned check_registers(unsigned seed, unsigned spins)
 *
 * Register n gets seed + n (core) or seed + 0x1000 + n (FP). Around a call only the registers that the procedure call
 * standard preserves keep their values; around the spin loop, which only an interrupt can leave, all do.
 */

	.file "registers.S"		/* the object's own name would be a temporary one */
	.syntax unified
	.thumb

	.section .text.check_registers, "ax", %progbits
	.global check_registers
	.type check_registers, %function
	.thumb_func
	.balign 4
check_registers:
	.cfi_startproc
	push {r0, r1, r4-r11, r12, lr}	/* r12: keeps the stack aligned to eight bytes */
	.cfi_def_cfa_offset 48
	.cfi_offset lr, -4
	.cfi_offset r4, -40
	.cfi_offset r5, -36
	.cfi_offset r6, -32
	.cfi_offset r7, -28
	.cfi_offset r8, -24
	.cfi_offset r9, -20
	.cfi_offset r10, -16
	.cfi_offset r11, -12
#ifdef __ARM_FP
	vpush {s16-s31}
	.cfi_adjust_cfa_offset 64
#define SAVED 64
	mov r2, r0
	add r2, r2, #0x1000
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add r3, r2, #\n
	vmov s\n, r3
	.endr
#else
#define SAVED 0
#endif
	mov r12, r1
	.irp n, 4,5,6,7,8,9,10,11
	add r\n, r0, #\n
	.endr
	cmp r12, #0
	beq 2f
1:	subs r12, r12, #1		/* the tick comes here */
	bne 1b
	b 3f
2:	bl sched_yield
3:	ldr r1, [sp, #SAVED]		/* seed */
	movs r0, #0			/* registers that changed */
	.irp n, 4,5,6,7,8,9,10,11
	add r2, r1, #\n
	cmp r\n, r2
	it ne
	addne r0, r0, #1
	.endr
#ifdef __ARM_FP
	add r1, r1, #0x1000
	.irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	vmov r2, s\n
	add r3, r1, #\n
	cmp r2, r3
	it ne
	addne r0, r0, #1
	.endr
	ldr r2, [sp, #SAVED + 4]	/* spins: s0-s15 are only kept where nothing was called */
	cbz r2, 4f
	b 5f
4:	b 6f
5:
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	vmov r2, s\n
	add r3, r1, #\n
	cmp r2, r3
	it ne
	addne r0, r0, #1
	.endr
6:	vpop {s16-s31}
	.cfi_adjust_cfa_offset -64
#endif
	add sp, sp, #8
	pop {r4-r11, r12, pc}
	.cfi_endproc
	.size check_registers, . - check_registers
