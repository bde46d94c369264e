/* A self check at power-on. */

#include "board.h"

static uint32_t image[16];

static uint32_t sum_of(const uint32_t *from, unsigned count)
{
  uint32_t sum = 0;
  while (count--) {
    sum += *from++;
  }
  return sum;
}

static int check_image(uint32_t expected)
{
  return sum_of(image, 16) == expected ? 0 : -2;
}

static int check_clock(void)
{
  return 0;
}

int main(void)
{
  int status = check_clock();
  for (uint32_t i = 0; i < 16; ++i) {
    image[i] = i;
  }
  if (status == 0) {
    status = check_image(121);
  }
  if (status != 0) {
    return 3;
  }
  print("ok\n");
  return 0;
}
