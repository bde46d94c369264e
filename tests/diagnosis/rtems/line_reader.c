/* Reads lines of a configuration file and keeps them. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>

static char kept[4][64];
static unsigned lines_kept;

static int read_line(int fd, char *line, int size)
{
  int length = 0;

  for (;;) {
    char byte;

    if (read(fd, &byte, 1) != 1) {
      return -1;
    }
    if (byte == '\n' || length == size - 1) {
      line[length] = '\0';
      return length;
    }
    line[length++] = byte;
  }
}

static void keep(const char *line, size_t length)
{
  memcpy(kept[lines_kept], line, length);
  lines_kept = (lines_kept + 1) % 4;
}

static void load(const char *path)
{
  char line[64];
  int fd = open(path, O_RDONLY);

  for (int i = 0; i < 4; ++i) {
    int length = read_line(fd, line, sizeof line);

    keep(line, (size_t) length);
  }
  close(fd);
}

static void write_file(const char *path)
{
  static const char text[] = "speed=40\nlimit=100\nunit=km/h\n";
  int fd = open(path, O_CREAT | O_WRONLY, 0600);

  write(fd, text, sizeof text - 1);
  close(fd);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  write_file("/settings");
  load("/settings");
  printf("%s\n", kept[0]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#include "classic_system.h"
