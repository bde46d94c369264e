/* A main loop that a watchdog supervises. One of its jobs waits for a device that never answers. */

#include "board.h"

#define WATCHDOG_LOAD REGISTER(0x40008000)
#define WATCHDOG_CONTROL REGISTER(0x40008008)
#define WATCHDOG_CLEAR REGISTER(0x4000800C)
#define SPI_STATUS REGISTER(0x4002200C)

static volatile uint32_t loops;

static void feed(void)
{
  WATCHDOG_CLEAR = 1;
}

static void start_watchdog(uint32_t cycles)
{
  WATCHDOG_LOAD = cycles;
  WATCHDOG_CONTROL = 3; /* interrupt, then reset */
}

static void job_blink(void)
{
  ++loops;
}

static uint32_t read_touch(void)
{
  while ((SPI_STATUS & 4) == 0) {
  }
  return 1;
}

static void job_touch(void)
{
  if (loops % 50 == 0) {
    loops += read_touch();
  }
}

void NMI_Handler(void)
{
  /* the watchdog's warning: nothing to save */
}

int main(void)
{
  start_watchdog(20000);
  for (;;) {
    feed();
    job_blink();
    job_touch();
  }
}
