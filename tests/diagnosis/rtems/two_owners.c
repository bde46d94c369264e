/* Jobs with a text of their own. A job that is done gives its memory back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct job {
  void (*run)(struct job *job);
  char *text;
  unsigned runs;
};

static void run_print(struct job *job)
{
  printf("%s\n", job->text);
  ++job->runs;
}

static struct job *make_job(const char *text)
{
  struct job *job = malloc(sizeof *job);

  job->run = run_print;
  job->text = strdup(text);
  job->runs = 0;
  return job;
}

static void end_job(struct job *job)
{
  free(job->text);
  free(job);
}

static char *remember(const char *name)
{
  char *copy = malloc(12);

  memset(copy, 0, 12);
  strncpy(copy, name, 11);
  return copy;
}

static void finish(struct job **jobs, unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    if (jobs[i]->runs > 0) {
      end_job(jobs[i]);
    }
  }
}

static void run_all(struct job **jobs, unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    jobs[i]->run(jobs[i]);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  struct job *jobs[2] = { make_job("first"), make_job("second") };
  char *names[2];

  (void) argument;
  run_all(jobs, 2);
  finish(jobs, 2);
  names[0] = remember("aaaaaaaaaaa");
  names[1] = remember("bbbbbbbbbbb");
  run_all(jobs, 2);
  printf("%s %s\n", names[0], names[1]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
