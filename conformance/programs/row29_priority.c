/* Masks and priorities: PRIMASK, FAULTMASK, BASEPRI, BASEPRI_MAX, groups, equal priorities. */
#include "console.h"
#include "faults.h"

static volatile uint32_t order;
static volatile uint32_t then_pend, set_faultmask;

static void note(uint32_t digit)
{
    order = order << 4 | digit;
    uint32_t pend = then_pend;
    then_pend = 0;
    if (pend) {
        NVIC_ISPR0 = pend;
        BARRIER();
        order = order << 4 | 0xE;
    }
    if (set_faultmask) {
        set_faultmask = 0;
        __asm__ volatile("cpsid f");
    }
}

void IRQ1_Handler(void) { note(1); }
void IRQ2_Handler(void) { note(2); }
void IRQ3_Handler(void) { note(3); }
void NMI_Handler(void) { note(9); __asm__ volatile("cpsid f"); }

static void pend(const char *label, uint32_t interrupts)
{
    order = 0;
    NVIC_ISPR0 = interrupts;
    BARRIER();
    print("%s: %x pending %x\n", label, order, NVIC_ISPR0);
}

static void priorities(uint32_t one, uint32_t two, uint32_t three)
{
    NVIC_IPR(1) = (uint8_t)one;
    NVIC_IPR(2) = (uint8_t)two;
    NVIC_IPR(3) = (uint8_t)three;
}

int main(void)
{
    NVIC_ISER0 = 14;
    priorities(0x80, 0x80, 0x80);
    pend("equal: lowest number first", 14);
    priorities(0xC0, 0x80, 0x40);
    pend("most urgent first", 14);
    then_pend = 8;
    pend("2, then 3 preempts", 4);
    then_pend = 2;
    pend("2, then 1 waits", 4);
    WRITE_SPECIAL(basepri, 0x80);
    pend("BASEPRI 80", 14);
    WRITE_SPECIAL(basepri_max, 0xC0);
    print("BASEPRI_MAX does not lower: %x\n", READ_SPECIAL(basepri));
    WRITE_SPECIAL(basepri_max, 0);
    print("BASEPRI_MAX ignores 0: %x\n", READ_SPECIAL(basepri));
    WRITE_SPECIAL(basepri_max, 0x40);
    print("BASEPRI_MAX raises: %x\n", READ_SPECIAL(basepri));
    order = 0;
    WRITE_SPECIAL(basepri, 0);
    BARRIER();
    print("BASEPRI 0: %x\n", order);
    WRITE_SPECIAL(primask, 1);
    pend("PRIMASK", 14);
    order = 0;
    WRITE_SPECIAL(primask, 0);
    BARRIER();
    print("released: %x\n", order);
    WRITE_SPECIAL(faultmask, 1);
    pend("FAULTMASK", 2);
    SCB_ICSR = 1u << 31;
    BARRIER();
    print("NMI under FAULTMASK: %x FAULTMASK after %x\n", order, READ_SPECIAL(faultmask));
    order = 0;
    WRITE_SPECIAL(faultmask, 0);
    BARRIER();
    print("released: %x\n", order);
    set_faultmask = 1;
    pend("handler sets FAULTMASK", 2);
    print("FAULTMASK after the return %x\n", READ_SPECIAL(faultmask));
    SCB_AIRCR = 0x05FA0600; /* PRIGROUP 6: one bit of group priority */
    priorities(0x60, 0x40, 0x20);
    then_pend = 8;
    pend("one group, 3 waits for 2", 4);
    pend("one group, subpriority orders", 14);
    priorities(0x60, 0xC0, 0x80);
    then_pend = 8;
    pend("other group, 3 waits for 2", 4);
    then_pend = 2;
    pend("1 preempts 2", 4);
    WRITE_SPECIAL(basepri, 0xA0);
    pend("BASEPRI A0 masks its group", 14);
    WRITE_SPECIAL(basepri, 0);
    BARRIER();
    SCB_AIRCR = 0x05FA0700;
    then_pend = 8;
    pend("no groups, nothing preempts", 2);
    NVIC_ICER0 = 4;
    pend("disabled", 4);
    NVIC_ICPR0 = 4;
    pend("unpended", 0);
    print("active %x enabled %x\n", NVIC_IABR0, NVIC_ISER0);
    return 0;
}
