/* Terminal control in terms of ioctl(). */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <rtems.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(struct termios) == sizeof(struct rtems_shim_termios), termios);

static int invalid(void)
{
  errno = EINVAL;
  return -1;
}

int tcgetattr(int fd, struct termios *settings)
{
  return ioctl(fd, TIOCGETA, settings);
}

int tcsetattr(int fd, int when, const struct termios *settings)
{
  switch (when) {
    case TCSANOW:
      return ioctl(fd, TIOCSETA, settings);
    case TCSADRAIN:
      return ioctl(fd, TIOCSETAW, settings);
    case TCSAFLUSH:
      return ioctl(fd, TIOCSETAF, settings);
    default:
      return invalid();
  }
}

/* Output is never on its way: the console has it when write() returns. */
int tcdrain(int fd)
{
  return ioctl(fd, TIOCDRAIN, NULL);
}

int tcflush(int fd, int which)
{
  if (which < TCIFLUSH || which > TCIOFLUSH) {
    return invalid();
  }
  return ioctl(fd, TIOCFLUSH, &which);
}

/* As on RTEMS there is none, on whatever descriptor. */
int tcflow(int fd, int action)
{
  (void) fd;
  if (action < TCOOFF || action > TCION) {
    return invalid();
  }
  errno = ENOTSUP;
  return -1;
}

/* RTEMS does nothing, whatever the descriptor is. */
int tcsendbreak(int fd, int duration)
{
  (void) fd;
  (void) duration;
  return 0;
}

speed_t cfgetispeed(const struct termios *settings)
{
  return settings->c_ispeed;
}

speed_t cfgetospeed(const struct termios *settings)
{
  return settings->c_ospeed;
}

static bool is_speed(speed_t speed)
{
  static const speed_t speeds[] = {
    B0,    B50,   B75,   B110,   B134,   B150,   B200,   B300,   B600,   B1200,   B1800,   B2400,  B4800,
    B7200, B9600, B14400, B19200, B28800, B38400, B57600, B76800, B115200, B230400, B460800, B921600
  };
  size_t i;

  for (i = 0; i < RTEMS_ARRAY_SIZE(speeds); ++i) {
    if (speeds[i] == speed) {
      return true;
    }
  }
  return false;
}

int cfsetispeed(struct termios *settings, speed_t speed)
{
  if (!is_speed(speed)) {
    return invalid();
  }
  settings->c_ispeed = speed;
  return 0;
}

int cfsetospeed(struct termios *settings, speed_t speed)
{
  if (!is_speed(speed)) {
    return invalid();
  }
  settings->c_ospeed = speed;
  return 0;
}

int cfsetspeed(struct termios *settings, speed_t speed)
{
  return cfsetispeed(settings, speed) != 0 ? -1 : cfsetospeed(settings, speed);
}

/* Every byte at once, as it is. */
void cfmakeraw(struct termios *settings)
{
  settings->c_iflag &=
    ~(tcflag_t) (IMAXBEL | IXOFF | INPCK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IGNPAR);
  settings->c_iflag |= IGNBRK;
  settings->c_oflag &= ~(tcflag_t) OPOST;
  settings->c_lflag &= ~(tcflag_t) (ECHO | ECHOE | ECHOK | ECHONL | ICANON | ISIG | IEXTEN | NOFLSH | TOSTOP | PENDIN);
  settings->c_cflag &= ~(tcflag_t) (CSIZE | PARENB);
  settings->c_cflag |= CS8 | CREAD;
  settings->c_cc[VMIN] = 1;
  settings->c_cc[VTIME] = 0;
}

/* There is one terminal, and one process in one group; the descriptor is not looked at. */

#define TERMINAL "/dev/console"

char *ctermid(char *name)
{
  static char terminal[] = TERMINAL;

  return name == NULL ? terminal : strcpy(name, TERMINAL);
}

pid_t tcgetpgrp(int fd)
{
  (void) fd;
  return getpgrp();
}

int tcsetpgrp(int fd, pid_t group)
{
  (void) fd;
  (void) group;
  return 0;
}

int ttyname_r(int fd, char *name, size_t size)
{
  if (!isatty(fd)) {
    return errno = ENOTTY;
  }
  if (size < sizeof(TERMINAL)) {
    return errno = ERANGE;
  }
  strcpy(name, TERMINAL);
  return 0;
}

char *ttyname(int fd)
{
  static char terminal[sizeof(TERMINAL)];

  return ttyname_r(fd, terminal, sizeof(terminal)) == 0 ? terminal : NULL;
}

/* The settings of a terminal on BSD; RTEMS's console begins with others. */
void cfmakesane(struct termios *settings)
{
  static const cc_t characters[NCCS] = {
    4, _POSIX_VDISABLE, _POSIX_VDISABLE, 127, 23, 21, 18, 8, 3, 28, 26, 25, 17, 19, 22, 15, 1, 0, 20, _POSIX_VDISABLE
  };

  settings->c_iflag = BRKINT | ICRNL | IMAXBEL | IXON | IXANY;
  settings->c_oflag = OPOST | ONLCR;
  settings->c_cflag = CREAD | CS8 | HUPCL;
  settings->c_lflag = ECHO | ICANON | ISIG | IEXTEN | ECHOE | ECHOKE | ECHOCTL;
  settings->c_ispeed = B9600;
  settings->c_ospeed = B9600;
  memcpy(settings->c_cc, characters, sizeof(characters));
}
