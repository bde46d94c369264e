/* Terminal control in terms of ioctl(). */

#include <errno.h>
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
