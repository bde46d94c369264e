/* Test output is line buffered; this flushes what a test wants to be seen at once. */

#ifndef __BUFFERED_IO_h
#define __BUFFERED_IO_h

#include <stdio.h>

#include <rtems/test-info.h>

#define FLUSH_OUTPUT() fflush(stdout)

#endif
