/* Routes are looked up by a prefix; a sender asks for one for each packet. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  uint32_t net;
  uint32_t mask;
  int port;
  uint32_t packets;
} route;

static route routes[] = {
  { 0x0a000000, 0xff000000, 1, 0 },
  { 0xc0a80100, 0xffffff00, 2, 0 },
  { 0xc0a80200, 0xffffff00, 3, 0 },
};

static route *find_route(uint32_t address)
{
  route *best;
  uint32_t mask = 0;

  for (unsigned i = 0; i < sizeof(routes) / sizeof(routes[0]); ++i) {
    if ((address & routes[i].mask) == routes[i].net && routes[i].mask > mask) {
      best = &routes[i];
      mask = routes[i].mask;
    }
  }
  return best;
}

static uint32_t hash(uint32_t address)
{
  uint32_t mixed[4] = { address, ~address, address * 31, address ^ 0x5a5a5a5a };

  for (unsigned i = 0; i < 12; ++i) {
    mixed[i & 3] = mixed[i & 3] * 33 + mixed[(i + 1) & 3];
  }
  return mixed[0] ^ mixed[2];
}

static void *sender(void *argument)
{
  static const uint32_t targets[] = { 0x0a010203, 0xc0a80207, 0xac100001, 0x0a000001 };
  uint32_t sum = 0;

  (void) argument;
  for (unsigned i = 0; i < 4; ++i) {
    route *out;

    sum += hash(targets[i]);
    out = find_route(targets[i]);
    out->packets += 1;
    usleep(10000);
  }
  printf("%u\n", (unsigned) sum);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, sender, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
