/* Modbus-like requests: a handler writes registers in a bank that others read. */
#include "board.h"
struct bank { uint16_t holding[16]; uint16_t inputs[8]; const struct device *device; };
struct device { const char *name; void (*apply)(const uint16_t *values); };
static uint32_t applied;
static void apply(const uint16_t *values) { applied += values[0]; }
static const struct device pump = { "pump", apply };
static struct bank bank = { .device = &pump };
static int write_multiple(struct bank *to, const uint8_t *request, unsigned length)
{
  unsigned first = request[0] << 8 | request[1], count = request[2] << 8 | request[3];
  if (first >= 16 || count > 16 || length < 5 + 2 * count) return -1;
  for (unsigned i = 0; i < count; ++i)
    to->holding[first + i] = (uint16_t) (request[5 + 2 * i] << 8 | request[6 + 2 * i]);
  return 0;
}
static void update(struct bank *of) { of->device->apply(of->holding); }
int main(void)
{
  static const uint8_t one[] = { 0, 2, 0, 1, 2, 0x12, 0x34 };
  static const uint8_t many[5 + 2 * 15] = { 0, 12, 0, 15, 30, [20] = 1, [27] = 0x71, [28] = 0x02, [29] = 0x71, [30] = 0x07, [31] = 0x71, [32] = 0x08 };
  if (write_multiple(&bank, one, sizeof one)) return 1;
  update(&bank);
  if (write_multiple(&bank, many, sizeof many)) return 2;
  update(&bank);
  print_number("applied ", (long) applied);
  return 0;
}
