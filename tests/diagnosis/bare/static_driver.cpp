// A driver as a C++ object with static storage. Its constructor is in .init_array, which the start-up code does not know.

extern "C" {
#include "board.h"
int main(void);
}

class Channel {
public:
  explicit Channel(uint32_t factor) : factor_(factor) {}
  virtual ~Channel() = default;
  virtual uint32_t scale(uint32_t raw) const { return raw * factor_; }

protected:
  uint32_t factor_;
};

class OffsetChannel : public Channel {
public:
  OffsetChannel(uint32_t factor, uint32_t offset) : Channel(factor), offset_(offset) {}
  uint32_t scale(uint32_t raw) const override { return raw * factor_ + offset_; }

private:
  uint32_t offset_;
};

static volatile uint32_t configured_factor = 3;
static OffsetChannel pressure(configured_factor, 100);

static uint32_t sample(const Channel &channel, uint32_t raw)
{
  return channel.scale(raw);
}

static uint32_t average(const Channel &channel, const uint32_t *raw, unsigned count)
{
  uint32_t sum = 0;
  for (unsigned i = 0; i < count; ++i) {
    sum += sample(channel, raw[i]);
  }
  return sum / count;
}

void operator delete(void *, unsigned) {}

int main(void)
{
  static const uint32_t raw[] = { 10, 12, 14 };

  print_number("pressure ", static_cast<long>(average(pressure, raw, 3)));
  return 0;
}
