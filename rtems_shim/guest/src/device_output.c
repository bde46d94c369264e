/* Output to a device that takes one character after the other: printk()'s formats, base64. */

#include <stdint.h>

#include <rtems/base64.h>
#include <rtems/dev/io.h>

#include "internal.h"

struct device {
  IO_Put_char put;
  void *argument;
  int total, in_word, word;
  const char *word_break;
};

static void put_each(void *context, const char *text, size_t size)
{
  const struct device *device = context;
  size_t index;

  for (index = 0; index < size; ++index) {
    device->put(text[index], device->argument);
  }
}

int _IO_Vprintf(IO_Put_char put, void *argument, const char *format, va_list arguments)
{
  struct device device = { .put = put, .argument = argument };

  return rtems_shim_format(put_each, &device, format, arguments);
}

int _IO_Printf(IO_Put_char put, void *argument, const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = _IO_Vprintf(put, argument, format, arguments);
  va_end(arguments);
  return total;
}

/* What a loop does that waits for a device. */
void _IO_Relax(void)
{
  __asm__ volatile("nop");
}

static void put_letter(struct device *device, char letter)
{
  const char *character;

  if (device->in_word >= device->word) {
    for (character = device->word_break; *character != '\0'; ++character) {
      device->put(*character, device->argument);
      ++device->total;
    }
    device->in_word = 0;
  }
  device->put(letter, device->argument);
  ++device->total;
  ++device->in_word;
}

/* Three bytes are four letters; words end only between such groups. */
static int encode(struct device *device, const uint8_t *bytes, size_t size, const char *letters)
{
  size_t place;
  int index;

  for (place = 0; place < size; place += 3) {
    const int count = size - place < 3 ? (int) (size - place) : 3;
    uint32_t group = 0;

    for (index = 0; index < 3; ++index) {
      group = group << 8 | (index < count ? bytes[place + (size_t) index] : 0U);
    }
    for (index = 0; index < 4; ++index) {
      put_letter(device, index <= count ? letters[group >> (18 - 6 * index) & 0x3F] : '=');
    }
  }
  return device->total;
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* A word has a whole number of groups, and one at the least. */
static struct device device_of(IO_Put_char put, void *argument, const char *word_break, int word)
{
  return (struct device) {
    .put = put, .argument = argument, .word_break = word_break, .word = word < 4 ? 4 : word & ~3
  };
}

int _Base64_Encode(IO_Put_char put, void *argument, const void *bytes, size_t size, const char *word_break, int word)
{
  struct device device = device_of(put, argument, word_break, word);

  return encode(&device, bytes, size, LETTERS "+/");
}

int _Base64url_Encode(IO_Put_char put, void *argument, const void *bytes, size_t size, const char *word_break, int word)
{
  struct device device = device_of(put, argument, word_break, word);

  return encode(&device, bytes, size, LETTERS "-_");
}
