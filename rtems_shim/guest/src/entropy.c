/*
 * Random bytes, as RTEMS has them where no device makes them: they follow from the CPU counter, and the same program
 * gets the same ones in each run. The generator is Marsaglia's xorshift with 32 bits.
 */

#include <stdint.h>
#include <unistd.h>

#include <rtems/counter.h>

int getentropy(void *buffer, size_t length)
{
  static uint32_t state = 2463534242UL;
  unsigned char *byte = buffer;
  uint32_t next = state ^ (uint32_t) rtems_counter_read();

  while (length-- > 0) {
    next = next != 0 ? next : 1; /* from zero it would not move on */
    next ^= next << 13;
    next ^= next >> 17;
    next ^= next << 5;
    *byte++ = (unsigned char) (next >> 24);
  }
  state = next;
  return 0;
}
