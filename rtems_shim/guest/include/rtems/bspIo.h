/* Output without the C library: works in interrupts and in fatal extensions. */

#ifndef _RTEMS_BSPIO_H
#define _RTEMS_BSPIO_H

#include <stdarg.h>

#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

int printk(const char *, ...) RTEMS_PRINTFLIKE(1, 2);
int vprintk(const char *, va_list);
int putk(const char *);
int getchark(void);

/* Where getchark() gets its characters; NULL: there are none. */
typedef int (*BSP_polling_getchar_function_type)(void);
extern BSP_polling_getchar_function_type BSP_poll_char;

void rtems_putc(char);
void rtems_put_char(int, void *);
int rtems_printk_printer(void *, const char *, va_list);

#ifdef __cplusplus
}
#endif

#endif
