/* A boot loader with a grace period for an update request, and the application that it starts from the other slot. */

#include "board.h"

#define SLOT_MAGIC 0x31424F4Fu

struct slot {
  uint32_t magic;
  uint32_t version;
  const void *const *vectors;
};

extern uint32_t __stack_top;
static volatile uint32_t boot_ticks;
static volatile uint32_t app_seconds;

static void app_main(void);
static void app_hard_fault(void)
{
  for (;;) {
  }
}

__attribute__((aligned(256))) static const void *const app_vectors[16 + 32] = {
  [0] = &__stack_top,
  [1] = (void *) app_main,
  [2] = (void *) app_hard_fault,
  [3] = (void *) app_hard_fault,
};

static const struct slot slots[2] = {
  { 0xFFFFFFFFu, 0, 0 },
  { SLOT_MAGIC, 0x0102, app_vectors },
};

void SysTick_Handler(void)
{
  ++boot_ticks;
}

static void boot_timer_init(void)
{
  SYST_RVR = 4000 - 1;
  SYST_CVR = 0;
  SYST_CSR = 7;
}

static const struct slot *newest_slot(void)
{
  const struct slot *best = 0;

  for (unsigned i = 0; i < 2; ++i) {
    if (slots[i].magic == SLOT_MAGIC && (best == 0 || slots[i].version > best->version)) {
      best = &slots[i];
    }
  }
  return best;
}

static void app_main(void)
{
  print("application\n");
  for (unsigned i = 0; i < 100000; ++i) {
    if (i % 5000 == 0) {
      ++app_seconds;
    }
  }
  leave(0);
}

__attribute__((noreturn)) static void start_application(const struct slot *slot)
{
  void (*entry)(void) = (void (*)(void)) slot->vectors[1];

  SCB_VTOR = (uint32_t) slot->vectors;
  __asm volatile("msr msp, %0\n\tdsb\n\tisb" : : "r"(slot->vectors[0]));
  entry();
  for (;;) {
  }
}

int main(void)
{
  print("boot\n");
  boot_timer_init();
  while (boot_ticks < 3) {
    wait_for_interrupt();
  }
  const struct slot *slot = newest_slot();
  if (slot == 0) {
    print("nothing to start\n");
    return 1;
  }
  start_application(slot);
}
