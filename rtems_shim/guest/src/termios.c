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

int tcflow(int fd, int action)
{
  if (action < TCOOFF || action > TCION) {
    return invalid();
  }
  return tcdrain(fd);
}

int tcsendbreak(int fd, int duration)
{
  (void) duration;
  return tcdrain(fd);
}

speed_t cfgetispeed(const struct termios *settings)
{
  return settings->c_ispeed;
}

speed_t cfgetospeed(const struct termios *settings)
{
  return settings->c_ospeed;
}

int cfsetispeed(struct termios *settings, speed_t speed)
{
  settings->c_ispeed = speed;
  return 0;
}

int cfsetospeed(struct termios *settings, speed_t speed)
{
  settings->c_ospeed = speed;
  return 0;
}

int cfsetspeed(struct termios *settings, speed_t speed)
{
  settings->c_ispeed = speed;
  settings->c_ospeed = speed;
  return 0;
}

/* Every byte at once, as it is. */
void cfmakeraw(struct termios *settings)
{
  settings->c_iflag &= ~(tcflag_t) (IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IMAXBEL);
  settings->c_oflag &= ~(tcflag_t) OPOST;
  settings->c_lflag &= ~(tcflag_t) (ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  settings->c_cflag &= ~(tcflag_t) (CSIZE | PARENB);
  settings->c_cflag |= CS8;
  settings->c_cc[VMIN] = 1;
  settings->c_cc[VTIME] = 0;
}
