/* The caches of a processor that has none, texts of errors, a dump, and limits. */
#define CLASSIC
#include "witness.h"
#include <rtems/dumpbuf.h>
#include <rtems/fatal.h>
#include <sys/param.h>
#include <rtems/counter.h>
static rtems_task Init(rtems_task_argument a){ VI("line-d",rtems_cache_get_data_line_size()); VI("line-i",rtems_cache_get_instruction_line_size()); VI("line-m",rtems_cache_get_maximal_line_size()); VI("size-d",rtems_cache_get_data_cache_size(0)); VI("size-i",rtems_cache_get_instruction_cache_size(1)); rtems_cache_flush_entire_data(); void*p=rtems_cache_aligned_malloc(33); VI("al",p!=NULL); p=rtems_cache_coherent_allocate(100,64,0); VI("coh",((uintptr_t)p&63)==0&&p); rtems_cache_coherent_free(p); for(int i=40;i<50;i++) VS("text",rtems_internal_error_text(i)); rtems_print_buffer((void*)"hello, world\nabcdefgh\1zzz",22); rtems_print_buffer(NULL,0); printf("\n"); char b[8]; VI("ge",getentropy(b,8)); VI("pm",PATH_MAX); VI("lm",LINK_MAX); VI("np",NOFILE);
 exit(0);}
#include "witness_config.h"
