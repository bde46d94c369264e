/* Jobs come from a pool of blocks with a free list; a job that failed is given back by who ran it. */

#include "board.h"

struct job {
  struct job *next;
  void (*run)(struct job *);
  uint32_t data[2];
};

static struct job pool[4];
static struct job *free_jobs;
static uint32_t finished;

static void pool_put(struct job *job)
{
  job->next = free_jobs;
  free_jobs = job;
}

static struct job *pool_get(void)
{
  struct job *job = free_jobs;

  free_jobs = job->next;
  return job;
}

static void sample(struct job *job)
{
  finished += job->data[0];
  pool_put(job);
}

static void calibrate(struct job *job)
{
  if (job->data[1] == 0) {
    pool_put(job);
  }
  ++finished;
  pool_put(job);
}

static struct job *make_job(void (*run)(struct job *), uint32_t first, uint32_t second)
{
  struct job *job = pool_get();

  job->run = run;
  job->data[0] = first;
  job->data[1] = second;
  return job;
}

static void fill_text(struct job *text)
{
  uint32_t *words = (uint32_t *) text;

  for (unsigned i = 0; i < 4; ++i) {
    words[i] = 0x64636261 + i;
  }
}

static void run_job(struct job *job)
{
  job->run(job);
}

int main(void)
{
  for (unsigned i = 0; i < 4; ++i) {
    pool_put(&pool[i]);
  }
  run_job(make_job(sample, 3, 1));
  run_job(make_job(calibrate, 0, 0));
  struct job *next = make_job(sample, 5, 1);
  fill_text(pool_get());
  run_job(next);
  print_number("finished ", (long) finished);
  return 0;
}
