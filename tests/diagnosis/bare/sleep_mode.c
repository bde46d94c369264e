/* Sleeps between measurements; the clock's interrupt wakes it. PRIMASK is set while the list of jobs is changed. */

#include "board.h"

struct job {
  struct job *next;
  void (*run)(void);
};

static struct job *jobs;
static struct job measure_job, report_job;
static volatile uint32_t ticks, measured, reported;

void SysTick_Handler(void)
{
  ++ticks;
}

static void measure(void)
{
  ++measured;
}

static void report(void)
{
  ++reported;
}

static void add_job(struct job *job, void (*run)(void))
{
  interrupts_off();
  job->run = run;
  if (job == jobs) {
    return; /* it is the first one already */
  }
  job->next = jobs;
  jobs = job;
  interrupts_on();
}

static void run_jobs(void)
{
  for (struct job *job = jobs; job != 0; job = job->next) {
    job->run();
  }
}

static void sleep_until(uint32_t time)
{
  while (ticks < time) {
    wait_for_interrupt();
  }
}

int main(void)
{
  SYST_RVR = 999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  add_job(&report_job, report);
  add_job(&measure_job, measure);
  sleep_until(3);
  run_jobs();
  add_job(&measure_job, measure);
  sleep_until(6);
  run_jobs();
  print_number("measured ", (long) measured);
  return 0;
}
