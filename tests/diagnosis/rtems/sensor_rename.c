/* Sensors report into variables of the control loop; a console command gives them names. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>

struct sensor {
  char name[8];
  int *latest;
  unsigned interval;
};

static int boiler_temperature;
static int outdoor_temperature;

static struct sensor sensors[] = {
  { "t0", &boiler_temperature, 2 },
  { "t1", &outdoor_temperature, 3 },
};

#define SENSORS (sizeof sensors / sizeof sensors[0])

static const char *const script[] = { "rename t1 outdoor", "rename t0 boiler-outlet", "poll", NULL };

static int read_adc(unsigned channel)
{
  static int sample = 400;

  sample = (sample * 13 + 7) % 1024;
  return sample + (int) channel;
}

static struct sensor *find_sensor(const char *name)
{
  for (unsigned i = 0; i < SENSORS; ++i) {
    if (strcmp(sensors[i].name, name) == 0) {
      return &sensors[i];
    }
  }
  return NULL;
}

static int rename_sensor(const char *from, const char *to)
{
  struct sensor *sensor = find_sensor(from);

  if (sensor == NULL) {
    return -1;
  }
  strcpy(sensor->name, to);
  return 0;
}

static void sample_sensor(struct sensor *sensor, unsigned channel)
{
  int value = read_adc(channel);

  *sensor->latest = value;
}

static void poll_all(unsigned round)
{
  for (unsigned i = 0; i < SENSORS; ++i) {
    if (sensors[i].interval == 0 || round % sensors[i].interval == 0) {
      sample_sensor(&sensors[i], i);
    }
  }
}

static void run_command(const char *line)
{
  char verb[16], first[16], second[32];
  int words = sscanf(line, "%15s %15s %31s", verb, first, second);

  if (words == 3 && strcmp(verb, "rename") == 0) {
    printf("%s\n", rename_sensor(first, second) == 0 ? "renamed" : "no such sensor");
  } else if (words == 1 && strcmp(verb, "poll") == 0) {
    for (unsigned round = 0; round < 12; ++round) {
      poll_all(round);
      usleep(20000);
    }
  } else {
    printf("what is '%s'?\n", verb);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned i = 0; script[i] != NULL; ++i) {
    run_command(script[i]);
  }
  printf("boiler %d, outdoor %d\n", boiler_temperature, outdoor_temperature);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
