/* Memory as a table. */

#include <ctype.h>

#include <rtems/bspIo.h>
#include <rtems/dumpbuf.h>

#define BYTES_A_LINE 16

static void print_line(const unsigned char *bytes, int count)
{
  int i;

  for (i = 0; i < BYTES_A_LINE; ++i) {
    if (i < count) {
      printk("%02x ", bytes[i]);
    } else {
      printk("   ");
    }
  }
  printk("|");
  for (i = 0; i < BYTES_A_LINE; ++i) {
    printk("%c", i >= count ? ' ' : isprint(bytes[i]) ? bytes[i] : '.');
  }
  printk("|\n");
}

void rtems_print_buffer(const unsigned char *buffer, int length)
{
  int i;

  if (length <= 0) {
    printk("Error: length must be greater than zero.");
  }
  for (i = 0; i < length; i += BYTES_A_LINE) {
    print_line(buffer + i, length - i < BYTES_A_LINE ? length - i : BYTES_A_LINE);
  }
}
