/* Device control, as far as the console and shared memory answer it. */

#ifndef _SYS_IOCTL_H_
#define _SYS_IOCTL_H_

typedef unsigned long ioctl_command_t;

#define FIONREAD 0x4004667FUL
#define FIONBIO 0x8004667EUL

#ifdef __cplusplus
extern "C" {
#endif

int ioctl(int, ioctl_command_t, ...);

#ifdef __cplusplus
}
#endif

#endif
