/* Gives each worker a stack from a pool and runs it there on PSP. */

#include "board.h"

#define WORKERS 3
#define STACK 512

static uint8_t pool[WORKERS * STACK] __attribute__((aligned(8)));
static volatile uint32_t done[WORKERS];

static uint32_t stack_of(unsigned worker)
{
  return (uint32_t) pool - STACK * worker;
}

static void work(unsigned worker)
{
  for (uint32_t i = 0; i < 300; ++i) {
    done[worker] += i;
  }
}

void SysTick_Handler(void)
{
  done[0] += 1;
}

static void run_on(uint32_t stack, unsigned worker)
{
  __asm volatile("msr psp, %0\n\tmovs r3, #2\n\tmsr control, r3\n\tisb" : : "r"(stack) : "r3", "memory");
  work(worker);
  __asm volatile("movs r3, #0\n\tmsr control, r3\n\tisb" : : : "r3", "memory");
}

int main(void)
{
  SYST_RVR = 400;
  SYST_CVR = 0;
  SYST_CSR = 7;
  for (unsigned worker = 0; worker < WORKERS; ++worker) {
    run_on(stack_of(worker), worker);
  }
  print_number("done ", (long) done[2]);
  return 0;
}
