/*
 * A node with handlers of its own: open_h, close_h, read_h, write_h and ioctl_h are called; mmap_h is asked once, when
 * the node is made, for its memory.
 */

#ifndef _RTEMS_IMFS_H
#define _RTEMS_IMFS_H

#include <rtems/libio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How large a file may be: see CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK. */
extern const int imfs_memfile_bytes_per_block;
#define IMFS_MEMFILE_BYTES_PER_BLOCK imfs_memfile_bytes_per_block
#define IMFS_MEMFILE_BLOCK_SLOTS (IMFS_MEMFILE_BYTES_PER_BLOCK / sizeof(void *))
#define IMFS_MEMFILE_MAXIMUM_SIZE \
  (IMFS_MEMFILE_BYTES_PER_BLOCK * \
    (IMFS_MEMFILE_BLOCK_SLOTS - 1 + IMFS_MEMFILE_BLOCK_SLOTS * IMFS_MEMFILE_BLOCK_SLOTS * (IMFS_MEMFILE_BLOCK_SLOTS + 1)))

typedef struct IMFS_jnode_tt {
  void *context;
} IMFS_jnode_t;

typedef IMFS_jnode_t *(*IMFS_node_initialize)(IMFS_jnode_t *, void *);
typedef void (*IMFS_node_destroy)(IMFS_jnode_t *);

typedef struct {
  const rtems_filesystem_file_handlers_r *handlers;
  IMFS_node_initialize node_initialize;
  IMFS_node_destroy node_destroy;
} IMFS_node_control;

#define IMFS_GENERIC_INITIALIZER(handlers, initialize, destroy) { (handlers), (initialize), (destroy) }

IMFS_jnode_t *IMFS_node_initialize_default(IMFS_jnode_t *, void *);
void IMFS_node_destroy_default(IMFS_jnode_t *);
int IMFS_make_generic_node(const char *, mode_t, const IMFS_node_control *, void *);

#ifdef __cplusplus
}
#endif

#endif
