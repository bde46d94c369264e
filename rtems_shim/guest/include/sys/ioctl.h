/* Device control, as far as the console and shared memory answer it. */

#ifndef _SYS_IOCTL_H_
#define _SYS_IOCTL_H_

#include <sys/ioccom.h>

typedef unsigned long ioctl_command_t;

#define FIONREAD 0x4004667FUL
#define FIONBIO 0x8004667EUL

/* See <termios.h>; the argument of TIOCFLUSH is the address of an int, that of the others a struct termios. */
#define TIOCFLUSH 0x80047410UL
#define TIOCGETA 0x402C7413UL
#define TIOCSETA 0x802C7414UL
#define TIOCSETAW 0x802C7415UL
#define TIOCSETAF 0x802C7416UL
#define TIOCDRAIN 0x2000745EUL

#ifdef __cplusplus
extern "C" {
#endif

int ioctl(int, ioctl_command_t, ...);

#ifdef __cplusplus
}
#endif

#endif
