/*
 * The MPU, programmed by the guest on the bare machine: no kernel, no C library, no stack in use.
 *
 * Four steps, each an access and what must come of it. A refused access takes the MemManage exception; its handler
 * notes CFSR and MMFAR, clears them and makes the interrupted code go on at `resume` (r7). The outcome is reported by
 * semihosting: SYS_EXIT with ADP_Stopped_ApplicationExit after four steps as expected, else with a run-time error.
 *
 *   1  a store into the read-write region                   passes
 *   2  a store into the read-only region                    DACCVIOL at its address
 *   3  a load from a hole in a region (a disabled eighth)   DACCVIOL at its address
 *   4  a jump into the region that may not be executed      IACCVIOL
 */

	.file "main.S"		/* the object's own name would be a temporary one */
	.syntax unified
	.thumb

	.equ	SCB_SHCSR,   0xE000ED24
	.equ	SCB_CFSR,    0xE000ED28
	.equ	SCB_MMFAR,   0xE000ED34
	.equ	MPU_CTRL,    0xE000ED94
	.equ	MPU_RBAR,    0xE000ED9C
	.equ	MEMFAULTENA, 1 << 16
	.equ	CTRL_ENABLE, 1
	.equ	VALID,       1 << 4

	.equ	IACCVIOL,    0x01
	.equ	DACCVIOL,    0x82		/* with MMARVALID */

	.equ	RAM,         0x20000000
	.equ	READ_ONLY,   0x20001000
	.equ	HOLE,        0x20002000 + 0x20	/* second eighth of a region of 256 bytes */
	.equ	STACK,       0x20000400

	.equ	SYS_EXIT,    0x18
	.equ	EXIT_OK,     0x20026
	.equ	EXIT_ERROR,  0x20023

	.section .vectors, "a", %progbits
	.balign 128
	.word STACK
	.word reset
	.word unexpected			/* NMI */
	.word unexpected			/* HardFault */
	.word mem_manage
	.word unexpected			/* BusFault */
	.word unexpected			/* UsageFault */

	.section .rodata, "a", %progbits
	.balign 4
/* RBAR (with the region number), RASR. Size field n: 2^(n+1) bytes. */
regions:
	.word 0x00000000 | VALID | 0, (6 << 24) | (13 << 1) | 1				/* code: read, execute; 16 KiB */
	.word RAM | VALID | 1, (1 << 28) | (3 << 24) | (11 << 1) | 1			/* data: read, write; 4 KiB */
	.word READ_ONLY | VALID | 2, (1 << 28) | (6 << 24) | (11 << 1) | 1		/* data: read; 4 KiB */
	.word 0x20002000 | VALID | 3, (1 << 28) | (3 << 24) | (2 << 8) | (7 << 1) | 1	/* 256 bytes, second eighth off */
	.equ	REGION_WORDS, (. - regions) / 4

	.text
	.macro FUNCTION name
	.global \name
	.type \name, %function
	.thumb_func
	.balign 4
\name:
	.endm

/* CFSR must be `status`; and MMFAR `address`, when it has one. The handler left them in r4 and r5. */
	.macro EXPECT status, address=0
	cmp r4, #\status
	bne failed
	.if \address
	ldr r0, =\address
	cmp r5, r0
	bne failed
	.endif
	.endm

	FUNCTION reset
	ldr r0, =SCB_SHCSR
	ldr r1, =MEMFAULTENA
	str r1, [r0]
	ldr r0, =regions
	ldr r1, =MPU_RBAR
	movs r2, #REGION_WORDS / 2
1:	ldrd r3, r4, [r0], #8
	strd r3, r4, [r1]			/* RBAR names the region, RASR fills and enables it */
	subs r2, r2, #1
	bne 1b
	ldr r1, =MPU_CTRL
	movs r0, #CTRL_ENABLE			/* PRIVDEFENA 0: what no region allows is refused, to this code as well */
	str r0, [r1]
	dsb
	isb

	FUNCTION step1
	movs r4, #0
	adr r7, after1
	ldr r0, =RAM + 0x800
	ldr r1, =0x12345678
	str r1, [r0]
	ldr r2, [r0]
	cmp r1, r2
	bne failed
	.balign 4
after1:	EXPECT 0

	FUNCTION step2
	adr r7, after2
	ldr r0, =READ_ONLY + 0x10
	ldr r1, [r0]
	str r1, [r0]
	.balign 4
after2:	EXPECT DACCVIOL, READ_ONLY + 0x10

	FUNCTION step3
	movs r4, #0
	adr r7, after3
	ldr r0, =HOLE + 4
	ldr r1, [r0, #-0x20]			/* the first eighth */
	ldrb r1, [r0]
	.balign 4
after3:	EXPECT DACCVIOL, HOLE + 4

	FUNCTION step4
	movs r4, #0
	adr r7, after4
	ldr r0, =RAM + 0x801
	bx r0
	.balign 4
after4:	EXPECT IACCVIOL

	ldr r1, =EXIT_OK
	b exit

	FUNCTION failed
	ldr r1, =EXIT_ERROR

	FUNCTION exit
	movs r0, #SYS_EXIT
	bkpt 0xAB
	b .

	FUNCTION mem_manage
	ldr r0, =SCB_CFSR
	ldr r4, [r0]
	str r4, [r0]				/* write one to clear */
	ldr r1, =SCB_MMFAR
	ldr r5, [r1]
	str r7, [sp, #24]			/* stacked pc */
	bx lr

	FUNCTION unexpected
	b failed
