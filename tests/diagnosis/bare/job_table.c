/* A cooperative scheduler: jobs with a period, and what each does. */

#include "board.h"

typedef void (*job_function)(uint32_t now);

struct job {
  const char *name;
  job_function run;
  uint32_t period;
  uint32_t due;
};

static volatile uint32_t ticks;
static uint32_t blinks, samples;

static void blink(uint32_t now)
{
  blinks += now & 1;
}

static void sample(uint32_t now)
{
  samples += now;
}

static job_function select_filter(unsigned taps)
{
  switch (taps) {
  case 0:
    return blink;
  case 4:
    return sample;
  default:
    return 0;
  }
}

static struct job jobs[3];

static void add_job(unsigned slot, const char *name, job_function run, uint32_t period)
{
  jobs[slot] = (struct job){ .name = name, .run = run, .period = period, .due = period };
}

static void run_due(uint32_t now)
{
  for (unsigned i = 0; i < sizeof jobs / sizeof jobs[0]; ++i) {
    struct job *job = &jobs[i];

    if (now >= job->due) {
      job->due = now + job->period;
      job->run(now);
    }
  }
}

void SysTick_Handler(void)
{
  ++ticks;
}

int main(void)
{
  add_job(0, "blink", blink, 2);
  add_job(1, "sample", sample, 3);
  add_job(2, "filter", select_filter(8), 5);
  SYST_RVR = 999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  while (ticks < 40) {
    wait_for_interrupt();
    run_due(ticks);
  }
  print_number("blinks ", (long) blinks);
  return 0;
}
