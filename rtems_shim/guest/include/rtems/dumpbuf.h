/* Memory as a table. */

#ifndef __DUMP_BUFFER_h
#define __DUMP_BUFFER_h

#ifdef __cplusplus
extern "C" {
#endif

/* Prints the bytes with printk(), sixteen a line: in hexadecimal, and as characters. */
void rtems_print_buffer(const unsigned char *buffer, int length);

#ifdef __cplusplus
}
#endif

#endif
