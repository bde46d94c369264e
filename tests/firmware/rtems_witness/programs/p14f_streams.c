/* Streams: positions, also as off_t. */
#include "witness.h"
#include <stdio.h>
static rtems_task Init(rtems_task_argument x) { (void) x; FILE *f = fopen("/x", "w+"); fpos_t p; fputs("hello world", f); VI("ftello", (long) ftello(f)); VI("fseeko", fseeko(f, (off_t) 4, SEEK_SET)); VI("ftell", ftell(f)); VI("c", fgetc(f)); VI("gp", fgetpos(f, &p)); fgetc(f); VI("sp", fsetpos(f, &p)); VI("c", fgetc(f)); VI("end", fseeko(f, 0, SEEK_END)); VI("ftello", (long) ftello(f)); PV("neg", fseeko(f, (off_t) -1, SEEK_SET)); PV("whence", fseeko(f, 0, 7)); PV("cur", fseeko(f, -3, SEEK_CUR)); VI("c", fgetc(f)); off_t o = ftello(f); printf("o: %lld\n", (long long) o); exit(0); }
#define CLASSIC
#include "witness_config.h"
