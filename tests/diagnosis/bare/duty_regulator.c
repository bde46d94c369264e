/* A PID regulator in a timer's handler; set points come from a table. */
#include "board.h"
struct pid { float kp, ki, kd, integral, last; float (*limit)(float); };
static float clamp(float value) { return value > 100.0f ? 100.0f : value < 0.0f ? 0.0f : value; }
static struct pid pid = { 2.0f, 0.5f, 0.1f, 0, 0, clamp };
static volatile float measured = 20.0f;
static volatile unsigned steps;
static const float set_points[] = { 20, 30, 35, 40 };
static const uint8_t duty_table[101] = { [0] = 0, [50] = 128, [100] = 255 };
static volatile uint8_t duty;
static float pid_step(struct pid *p, float target, float now, float dt)
{
  float error = target - now;
  p->integral += error * dt;
  float slope = (error - p->last) / dt;
  p->last = error;
  return p->limit(p->kp * error + p->ki * p->integral + p->kd * slope);
}
void TIMER0_Handler(void)
{
  static uint32_t last_time;
  uint32_t now = TIMER_VALUE(1);
  TIMER_INTCLEAR(0) = 1;
  float dt = (float) (last_time - now) / 25.0e6f;
  last_time = now;
  float out = pid_step(&pid, set_points[steps & 3], measured, steps ? dt : 0.0f);
  duty = duty_table[(int) out];
  measured += out * 0.01f;
  ++steps;
}
int main(void)
{
  SCB_CPACR |= 0xFu << 20;
  __asm volatile("dsb\n\tisb");
  timer_start(1, 0xFFFFFF);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 4000);
  while (steps < 50) wait_for_interrupt();
  if (!(measured > 20.0f)) return 9;
  print_number("measured ", (long) measured);
  return 0;
}
