/* The table in RAM; a doorbell by STIR whose vector nobody has filled in. */
#include "board.h"
#define STIR REGISTER(0xE000EF00)
#define DOORBELL 20
extern uint32_t vectors[];
static uint32_t ram_vectors[64] __attribute__((aligned(256)));
static volatile unsigned rung;
static void on_doorbell(void) { ++rung; }
static void install(unsigned irq, void (*handler)(void)) { ram_vectors[irq] = (uint32_t) handler; NVIC_ISER0 = 1u << irq; }
static void ring(unsigned irq) { STIR = irq; __asm volatile("dsb\n\tisb" ::: "memory"); }
int main(void)
{
  for (unsigned i = 0; i < 16; ++i) ram_vectors[i] = vectors[i];
  SCB_VTOR = (uint32_t) ram_vectors;
  install(DOORBELL, on_doorbell);
  ring(DOORBELL);
  return rung == 1 ? 0 : 1;
}
