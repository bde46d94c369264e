/* A multiplexer: an interrupt mask is turned into the number of a channel, whose handler is called. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

#define CHANNELS 8

typedef void (*channel_handler)(unsigned channel, uint32_t sample);

static struct {
  uint32_t served;
  uint32_t last_sample;
  channel_handler handlers[CHANNELS];
  uint32_t overruns[CHANNELS];
} mux;

static rtems_id sampler_id, serve_id;

static void store_sample(unsigned channel, uint32_t sample)
{
  mux.last_sample = sample + channel;
  mux.served++;
}

static void count_overrun(unsigned channel, uint32_t sample)
{
  mux.overruns[channel] += sample & 1;
}

static void install_handlers(void)
{
  for (unsigned i = 0; i < CHANNELS; ++i) {
    mux.handlers[i] = i < 6 ? store_sample : count_overrun;
  }
}

/* The lowest bit that is set in MASK. */
static int first_channel(uint32_t mask)
{
  int channel = 0;

  while (channel < 32 && (mask & (1u << channel)) == 0) {
    ++channel;
  }
  return channel;
}

static void dispatch(uint32_t mask, uint32_t sample)
{
  int channel = first_channel(mask & 0xff);

  mux.handlers[channel](channel, sample);
}

static rtems_task server(rtems_task_argument argument)
{
  static rtems_event_set masks;

  (void) argument;
  for (;;) {
    rtems_event_receive(0xffff, RTEMS_EVENT_ANY | RTEMS_WAIT, RTEMS_NO_TIMEOUT, &masks);
    dispatch(masks, 17);
  }
}

static rtems_task sampler(rtems_task_argument argument)
{
  static const uint32_t pattern[] = { 0x01, 0x10, 0x40, 0x100, 0x80 };

  (void) argument;
  for (unsigned i = 0; i < 5; ++i) {
    rtems_event_send(serve_id, pattern[i]);
    rtems_task_wake_after(2);
  }
  printf("%u served\n", (unsigned) mux.served);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  install_handlers();
  rtems_task_create(rtems_build_name('S', 'E', 'R', 'V'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &serve_id);
  rtems_task_create(rtems_build_name('S', 'A', 'M', 'P'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &sampler_id);
  rtems_task_start(serve_id, server, 0);
  rtems_task_start(sampler_id, sampler, 0);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 4
#include "classic_system.h"
