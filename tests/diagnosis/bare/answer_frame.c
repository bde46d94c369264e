/* A frame decoder. */
#include "board.h"
struct decoder { uint8_t length; uint8_t data[6]; uint8_t state; uint8_t *next; const uint8_t *limits; };
static const uint8_t limits[] = { 10, 20, 30 };
static struct decoder decoder = { .limits = limits };
static void put(struct decoder *decoder, uint8_t byte)
{
  decoder->data[decoder->length++] = byte;
}
static unsigned check(const struct decoder *decoder)
{
  unsigned wrong = 0;
  for (unsigned i = 0; i < 3; ++i) wrong += decoder->data[i] > decoder->limits[i];
  return wrong;
}
__attribute__((noinline)) static void copy(uint8_t *to, const uint8_t *from, unsigned count)
{
  while (count--) *to++ = *from++;
}
int main(void)
{
  static const uint8_t answer[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x70, 0x70 };
  for (unsigned i = 0; i < 6; ++i) put(&decoder, answer[i]);
  print_number("wrong ", (long) check(&decoder));
  copy(decoder.data, answer, sizeof answer);
  print_number("wrong ", (long) check(&decoder));
  return 0;
}
