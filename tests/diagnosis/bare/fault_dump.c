/* A HardFault handler of one's own writes the frame down for the next boot. It looks for it at PSP, as with an RTOS. */

#include "board.h"

struct crash {
  uint32_t magic;
  uint32_t pc;
  uint32_t lr;
  uint32_t cfsr;
};

struct sensor {
  uint32_t id;
  int32_t (*read)(const struct sensor *sensor);
  int32_t offset;
};

static struct crash crash __attribute__((section(".noinit")));

__attribute__((used)) static void record_crash(const uint32_t *frame)
{
  crash.pc = frame[6];
  crash.lr = frame[5];
  crash.cfsr = SCB_CFSR;
  crash.magic = 0xC0FFEE01;
  leave(42);
}

__attribute__((naked)) void HardFault_Handler(void)
{
  __asm volatile("mrs r0, psp\n\tb record_crash");
}

static int32_t read_thermistor(const struct sensor *sensor)
{
  return 250 + sensor->offset;
}

static struct sensor sensors[] = {
  { 1, read_thermistor, -3 },
  { 7, read_thermistor, 12 },
};

static struct sensor *sensor_by_id(uint32_t id)
{
  for (unsigned i = 0; i < sizeof sensors / sizeof sensors[0]; ++i) {
    if (sensors[i].id == id) {
      return &sensors[i];
    }
  }
  return (struct sensor *) 0xFFFFFFF0u;
}

static int32_t temperature(uint32_t id)
{
  const struct sensor *sensor = sensor_by_id(id);

  return sensor->read(sensor);
}

int main(void)
{
  int32_t sum = 0;

  for (uint32_t id = 1; id < 16; id += 6) {
    sum += temperature(id);
  }
  print_number("sum ", sum);
  return 0;
}
