/* printk()'s formats for a device of the program's own, which takes one character after the other. */

#ifndef _RTEMS_DEV_IO_H
#define _RTEMS_DEV_IO_H

#include <stdarg.h>

#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*IO_Put_char)(int, void *);

int _IO_Printf(IO_Put_char, void *, const char *, ...) RTEMS_PRINTFLIKE(3, 4);
int _IO_Vprintf(IO_Put_char, void *, const char *, va_list);
void _IO_Relax(void);

#ifdef __cplusplus
}
#endif

#endif
