/* A scheduler of deferred work: SysTick counts, PendSV does the work. */

#include "board.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;
int main(void);
static volatile uint32_t milliseconds;
static uint32_t done;
static struct { void (*run)(uint32_t); uint32_t argument; } work[4];
static volatile unsigned queued;

void Reset_Handler(void)
{
  uint32_t *to = &__data_start;
  for (const uint32_t *from = &__data_load; to < &__data_end; ++from) {
    *to++ = *from;
  }
  for (to = &__bss_start; to < &__bss_end; ++to) {
    *to = 0;
  }
  uart_init();
  leave(main());
}

static void Default_Handler(void)
{
  for (;;) {
  }
}

void SysTick_Handler(void)
{
  ++milliseconds;
}

void PendSV_Handler(void)
{
  while (queued > 0) {
    --queued;
    work[queued].run(work[queued].argument);
  }
}

__attribute__((section(".vectors"), used)) const void *const vectors[16] = {
  &__stack_top, (void *) Reset_Handler, (void *) Default_Handler, (void *) Default_Handler, (void *) Default_Handler,
  (void *) Default_Handler, (void *) Default_Handler, 0, 0, 0, 0, (void *) Default_Handler, (void *) Default_Handler, 0,
  (void *) SysTick_Handler, (void *) PendSV_Handler,
};

static void note(uint32_t what)
{
  done += what;
}

static void defer(void (*run)(uint32_t), uint32_t argument)
{
  work[queued].run = run;
  work[queued].argument = argument;
  ++queued;
}

static void delay_ms(uint32_t time)
{
  uint32_t until = milliseconds + time;
  while ((int32_t) (milliseconds - until) < 0) {
    wait_for_interrupt();
  }
}

int main(void)
{
  SYST_RVR = 1000 - 1;
  SYST_CVR = 0;
  SYST_CSR = 7;
  for (uint32_t i = 0; i < 5; ++i) {
    defer(note, i);
    delay_ms(3);
  }
  print_number("done ", (long) done);
  return 0;
}
