/*
 * Vectors, reset, the thread switch, and the entries of the fault exceptions.
 */

#include <rtems_shim/abi.h>
#include <rtems_shim/thread_block.h>

	.syntax unified
	.cfi_sections .debug_frame
	.thumb

/* The note that tells the emulator to attach its kernel to this image. */
	.section .note.rtems_shim, "a", %note
	.balign 4
	.word 2f - 1f
	.word 4f - 3f
	.word RTEMS_SHIM_NOTE_TYPE
1:	.asciz RTEMS_SHIM_NOTE_OWNER
2:	.balign 4
3:	.word RTEMS_SHIM_ABI_VERSION
4:	.balign 4

	.section .vectors, "a", %progbits
	.balign 128
	.global rtems_shim_vectors
	.type rtems_shim_vectors, %object
rtems_shim_vectors:
	.word rtems_shim_interrupt_stack_end
	.word rtems_shim_reset
	.word rtems_shim_exception	/* NMI */
	.word rtems_shim_exception	/* HardFault */
	.word rtems_shim_exception	/* MemManage */
	.word rtems_shim_exception	/* BusFault */
	.word rtems_shim_exception	/* UsageFault */
	.word 0
	.word 0
	.word 0
	.word 0
	.word rtems_shim_exception	/* SVCall: the emulator takes the traps, any other SVC is an error */
	.word rtems_shim_exception	/* DebugMonitor */
	.word 0
	.word rtems_shim_pendsv
	.word rtems_shim_systick
	.rept 32
	.word rtems_shim_exception	/* no external interrupt is in use */
	.endr
	.size rtems_shim_vectors, . - rtems_shim_vectors

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

/*
 * Reset: fills .data and clears .bss before any C code runs, as C code expects them. The FPU comes first because C
 * code compiled for it may use it from its first instruction on.
 */
	FUNCTION rtems_shim_reset
	.cfi_undefined lr
#ifdef __ARM_FP
	ldr r0, =0xE000ED88		/* CPACR */
	ldr r1, [r0]
	orr r1, r1, #(0xF << 20)	/* CP10 and CP11: full access */
	str r1, [r0]
	dsb
	isb
#endif
	ldr r0, =rtems_shim_data_begin
	ldr r1, =rtems_shim_data_end
	ldr r2, =rtems_shim_data_image
1:	cmp r0, r1
	ittt lo
	ldrlo r3, [r2], #4
	strlo r3, [r0], #4
	blo 1b
	ldr r0, =rtems_shim_bss_begin
	ldr r1, =rtems_shim_bss_end
	movs r2, #0
	movs r3, #0
2:	cmp r0, r1
	itt lo
	strdlo r2, r3, [r0], #8		/* .bss is aligned and padded to eight bytes */
	blo 2b
	bl rtems_shim_boot_machine
	udf #0				/* it does not return */
	.ltorg
	END_FUNCTION rtems_shim_reset

/*
 * PendSV: the thread switch.
 *
 * The order is the point. The outgoing thread's registers go to its own stack while its own memory map is in force, so
 * a stack that has no room left faults here, on its owner's account. Then the kernel chooses the heir and rewrites the
 * MPU. Only then are the heir's registers read, from a stack that the outgoing thread could not even have looked at.
 *
 * The tick is masked meanwhile (BASEPRI 0x80, RTEMS's value): between the trap and the return the map is the heir's
 * while the registers are not.
 */
	FUNCTION rtems_shim_pendsv
	mov r1, #0x80
	msr basepri, r1
	movs r0, #0			/* no outgoing thread: the start code on MSP was interrupted */
	tst lr, #4			/* EXC_RETURN bit 2: which stack the frame is on */
	beq 1f
	mrs r0, psp
#ifdef __ARM_FP
	tst lr, #16			/* EXC_RETURN bit 4 clear: this thread has an FP context */
	it eq
	vstmdbeq r0!, {s16-s31}		/* the first FP instruction here also makes the lazy save of s0-s15 */
#endif
	stmdb r0!, {r4-r11, lr}
1:	ldr r4, =rtems_shim_switch_extensions
	ldr r4, [r4]
	cbnz r4, 3f
	bl rtems_shim_switch		/* r0: outgoing PSP -> r0: the heir's PSP; the map is the heir's from here on */
2:	ldmia r0!, {r4-r11, lr}
#ifdef __ARM_FP
	tst lr, #16
	it eq
	vldmiaeq r0!, {s16-s31}
#endif
	msr psp, r0
	movs r1, #0
	msr basepri, r1
	bx lr

/* With extensions that are to hear of each switch. Which thread executes is what _impure_ptr points to. */
3:	ldr r4, =_impure_ptr
	ldr r5, [r4]
	mov r6, r0
	bl rtems_shim_switch
	mov r7, r0
	ldr r1, [r4]
	cmp r6, #0
	it ne
	cmpne r1, r5
	beq 4f
	mov r0, r5
	bl rtems_shim_thread_switched
4:	mov r0, r7
	b 2b
	.ltorg
	END_FUNCTION rtems_shim_pendsv

/*
 * A thread's first instruction; the kernel built its frame with r0 = entry, r1 = argument, r2 = kind. Undefined lr
 * ends a backtrace here.
 */
	FUNCTION rtems_shim_thread_begin
	.cfi_undefined lr
	ldr r3, =rtems_shim_tls_area_size
	cbz r3, 1f
	mov r4, r0
	mov r5, r1
	mov r6, r2
	sub r0, sp, r3			/* thread-local storage is at the top of the stack */
	mov sp, r0
	bl rtems_shim_tls_begin
	mov r0, r4
	mov r1, r5
	mov r2, r6
1:	bl rtems_shim_run_thread
	udf #0				/* it does not return */
	.ltorg
	END_FUNCTION rtems_shim_thread_begin

/* Where the executing thread's variables of _Thread_local are. It may change r0 and r12 only. */
	FUNCTION __aeabi_read_tp
	movw r0, #:lower16:_impure_ptr
	movt r0, #:upper16:_impure_ptr
	ldr r0, [r0]
	ldr r0, [r0, #RTEMS_SHIM_THREAD_POINTER]
	bx lr
	END_FUNCTION __aeabi_read_tp

/* The idle thread's body. */
	FUNCTION rtems_shim_idle
1:	wfi
	b 1b
	END_FUNCTION rtems_shim_idle

/*
 * Every exception that has no handler of its own. Passes to C: the address of the stacked frame, EXC_RETURN, and the
 * address of r4-r11, which the hardware did not stack.
 */
	FUNCTION rtems_shim_exception
	.cfi_undefined lr
	mov r1, lr
	tst lr, #4
	ite eq
	mrseq r0, msp
	mrsne r0, psp
	push {r4-r11}
	mov r2, sp
	bl rtems_shim_report_exception
	udf #0				/* it does not return */
	END_FUNCTION rtems_shim_exception
