/* A menu whose entries have a function to call, or a melody to play. A clock ticks all the time. */

#include "board.h"

extern const uint8_t melody[8];

__asm__(".section .text.halt, \"ax\"\n"
        ".balign 4\n"
        ".type melody, %object\n"
        "melody: .byte 5, 0, 1, 0, 2, 0, 1, 0\n" /* its length, and tones */
        ".size melody, . - melody\n"
        ".thumb_func\n"
        ".type halt, %function\n"
        "halt: b halt\n"
        ".size halt, . - halt\n"
        ".text\n");

struct entry {
  uint32_t shortcut;
  uint32_t is_melody;
  union {
    void (*chosen)(void);
    const uint8_t *tones;
  } action;
};

static volatile uint32_t ticks, shown, played;

static void show_time(void)
{
  shown = ticks;
}

static struct entry entries[2] = { { 't', 0, { show_time } } };

void SysTick_Handler(void)
{
  ++ticks;
}

static void add_melody(uint32_t shortcut, const uint8_t *notes)
{
  entries[1].shortcut = shortcut;
  entries[1].action.tones = notes + 1;
}

static void choose(uint32_t shortcut)
{
  for (uint32_t n = 0; n < 2; ++n) {
    if (entries[n].shortcut == shortcut) {
      if (entries[n].is_melody) {
        played += entries[n].action.tones[0];
      } else {
        entries[n].action.chosen();
      }
    }
  }
}

int main(void)
{
  SYST_RVR = 5000;
  SYST_CSR = 7;
  add_melody('m', melody);
  while (ticks < 20) {
    choose('t');
  }
  choose('m');
  leave(0);
}
