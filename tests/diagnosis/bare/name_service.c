/* A privileged SVC interface: services copy results back to the caller's frame. */
#include "board.h"
enum { GET_TIME, GET_NAME, SET_LED };
struct frame { uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr; };
static uint32_t time_ms = 1234, leds;
static const char device_name[] = "gateway-7";
static uint32_t get_time(struct frame *frame) { (void) frame; return time_ms; }
static uint32_t get_name(struct frame *frame)
{
  char *to = (char *) frame->r0;
  unsigned size = frame->r1, i;
  for (i = 0; i < size && device_name[i]; ++i) to[i] = device_name[i];
  to[i] = 0;
  return i;
}
static uint32_t set_led(struct frame *frame) { leds = frame->r0; return 0; }
static uint32_t (*const services[])(struct frame *) = { get_time, get_name, set_led };
__attribute__((used)) void dispatch(struct frame *frame)
{
  uint8_t number = ((const uint8_t *) frame->pc)[-2];
  frame->r0 = services[number](frame);
}
__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile("tst lr, #4\n\tite eq\n\tmrseq r0, msp\n\tmrsne r0, psp\n\tb dispatch");
}
__attribute__((noinline)) static uint32_t sys_name(char *to, uint32_t size)
{
  register uint32_t r0 __asm("r0") = (uint32_t) to;
  register uint32_t r1 __asm("r1") = size;
  __asm volatile("svc #1" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}
__attribute__((noinline)) static void announce(void)
{
  struct { char name[8]; void (*emit)(const char *); } line = { "", print };
  uint32_t length = sys_name(line.name, sizeof line.name);
  line.emit(line.name);
  print_number(" ", (long) length);
}
int main(void)
{
  announce();
  for (unsigned i = 0; i < 3; ++i) print("-");
  print("\n");
  return 0;
}
