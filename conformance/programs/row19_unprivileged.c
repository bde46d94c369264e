/* LDRT and STRT, CPS, MSR and MRS without privilege. */
#include "console.h"
#include "faults.h"

PROBE(ldrt, "ldrt r0, [r0]")
PROBE(ldr, "ldr r0, [r0]")
PROBE(ldrbt, "ldrbt r0, [r0, #1]")
PROBE(ldrsht, "ldrsht r0, [r0]")
PROBE(ldrht, "ldrht r0, [r0, #2]")
PROBE(ldrsbt, "ldrsbt r0, [r0]")
PROBE(strbt, "strbt r1, [r0]\n\tmovs r0, #1")
PROBE(strht, "strht r1, [r0, #2]\n\tmovs r0, #1")
PROBE(strt, "strt r1, [r0]\n\tmovs r0, #1")
PROBE(cpsid_i, "cpsid i\n\tmrs r0, primask")
PROBE(cpsid_f, "cpsid f\n\tmrs r0, faultmask")
PROBE(cpsie_i, "cpsie i\n\tmovs r0, #1")
PROBE(msr_primask, "movs r3, #1\n\tmsr primask, r3\n\tmrs r0, primask")
PROBE(msr_faultmask, "movs r3, #1\n\tmsr faultmask, r3\n\tmrs r0, faultmask")
PROBE(msr_basepri, "movs r3, #0x40\n\tmsr basepri, r3\n\tmrs r0, basepri")
PROBE(msr_msp, "movs r3, #0\n\tmsr msp, r3\n\tmrs r0, msp")
PROBE(msr_psp, "movs r3, #64\n\tmsr psp, r3\n\tmrs r0, psp")
PROBE(mrs_control, "mrs r0, control")
PROBE(mrs_xpsr, "movs r3, #0\n\tadds r3, #0\n\tmrs r0, xpsr")
PROBE(msr_apsr, "mov r3, #0xF8000000\n\tmsr apsr_nzcvq, r3\n\tmrs r0, apsr")
PROBE(mrs_basepri_max, "mrs r0, basepri_max")

int main(void)
{
    enable_fault_handlers();
    MPU_RBAR = 0x20010000 | 0x17;
    MPU_RASR = RASR(8, 1, 0); /* privileged only */
    MPU_RBAR = 0x20010100 | 0x16;
    MPU_RASR = RASR(8, 2, 0); /* unprivileged read-only */
    MPU_RBAR = 0x15;
    MPU_RASR = 0;
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    MPU_CTRL = 1;
    BARRIER();
    *(volatile uint32_t *)0x20010000 = 0xAABBCCDD;
    *(volatile uint32_t *)0x20010100 = 0x11223344;
    TRY("LDR", ldr, 0x20010000, 0);
    TRY("LDRT", ldrt, 0x20010000, 0);
    TRY("LDRBT", ldrbt, 0x20010000, 0);
    TRY("LDRSHT", ldrsht, 0x20010000, 0);
    TRY("LDRHT", ldrht, 0x20010000, 0);
    TRY("LDRSBT", ldrsbt, 0x20010000, 0);
    TRY("STRBT", strbt, 0x20010000, 0);
    TRY("STRHT", strht, 0x20010000, 0);
    TRY("STRHT read-only", strht, 0x20010100, 0);
    TRY("LDRSBT read-only", ldrsbt, 0x20010100, 0);
    TRY("LDRHT read-only", ldrht, 0x20010100, 0);
    TRY("STRT", strt, 0x20010000, 0);
    TRY("LDRT read-only", ldrt, 0x20010100, 0);
    TRY("STRT read-only", strt, 0x20010100, 0);
    WRITE_SPECIAL(faultmask, 1);
    TRY("LDRT with the MPU bypassed", ldrt, 0x20010000, 0);
    WRITE_SPECIAL(faultmask, 0);
    WRITE_SPECIAL(basepri, 0x80);
    WRITE_SPECIAL(psp, 0x20018000);
    WRITE_SPECIAL(basepri, 0);
    TRY_UNPRIVILEGED("CPSID i", cpsid_i, 0, 0);
    TRY_UNPRIVILEGED("CPSID f", cpsid_f, 0, 0);
    TRY_UNPRIVILEGED("CPSIE i", cpsie_i, 0, 0);
    TRY_UNPRIVILEGED("PRIMASK", msr_primask, 0, 0);
    TRY_UNPRIVILEGED("FAULTMASK", msr_faultmask, 0, 0);
    TRY_UNPRIVILEGED("BASEPRI", msr_basepri, 0, 0);
    TRY_UNPRIVILEGED("MSP", msr_msp, 0, 0);
    TRY_UNPRIVILEGED("PSP", msr_psp, 0, 0);
    TRY_UNPRIVILEGED("CONTROL", mrs_control, 0, 0);
    TRY_UNPRIVILEGED("xPSR", mrs_xpsr, 0, 0);
    TRY_UNPRIVILEGED("APSR", msr_apsr, 0, 0);
    TRY_UNPRIVILEGED("BASEPRI_MAX", mrs_basepri_max, 0, 0);
    print("privileged again: PRIMASK %x FAULTMASK %x BASEPRI %x PSP %x\n", READ_SPECIAL(primask),
          READ_SPECIAL(faultmask), READ_SPECIAL(basepri), READ_SPECIAL(psp));
    TRY("privileged xPSR", mrs_xpsr, 0, 0);
    return 0;
}
