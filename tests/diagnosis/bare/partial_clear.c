/* A channel is cleared before it is opened; a channel without a filter passes samples on. */

#include "board.h"

#include <string.h>

struct channel {
  uint32_t number;
  int32_t offset;
  int32_t (*filter)(int32_t sample);
};

static union {
  struct channel channel;
  uint8_t bytes[64];
} scratch;

static void __attribute__((noinline)) receive(uint32_t seed)
{
  for (uint32_t i = 0; i < sizeof scratch.bytes; ++i) {
    scratch.bytes[i] = (uint8_t) (0x90 + ((seed + i) & 7));
  }
}

static void __attribute__((noinline)) open_channel(struct channel *channel, uint32_t number)
{
  memset(channel, 0, sizeof channel);
  channel->number = number;
  channel->offset = -3;
}

static int32_t __attribute__((noinline)) read_channel(const struct channel *channel)
{
  int32_t sample = (int32_t) channel->number + channel->offset;

  return channel->filter != 0 ? channel->filter(sample) : sample;
}

int main(void)
{
  receive(5);
  open_channel(&scratch.channel, 12);
  print_number("sample ", read_channel(&scratch.channel));
  return 0;
}
