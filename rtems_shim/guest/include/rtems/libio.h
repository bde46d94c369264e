/* Files: device nodes whose behaviour an application brings along, as far as a mapping of them needs it. */

#ifndef _RTEMS_LIBIO_H
#define _RTEMS_LIBIO_H

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <rtems/chain.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rtems_libio_tt rtems_libio_t;
typedef struct rtems_filesystem_location_info_tt rtems_filesystem_location_info_t;
struct iovec;
struct rtems_shim_knote;

typedef struct {
  int (*open_h)(rtems_libio_t *, const char *, int, mode_t);
  int (*close_h)(rtems_libio_t *);
  ssize_t (*read_h)(rtems_libio_t *, void *, size_t);
  ssize_t (*write_h)(rtems_libio_t *, const void *, size_t);
  int (*ioctl_h)(rtems_libio_t *, ioctl_command_t, void *);
  off_t (*lseek_h)(rtems_libio_t *, off_t, int);
  int (*fstat_h)(const rtems_filesystem_location_info_t *, struct stat *);
  int (*ftruncate_h)(rtems_libio_t *, off_t);
  int (*fsync_h)(rtems_libio_t *);
  int (*fdatasync_h)(rtems_libio_t *);
  int (*fcntl_h)(rtems_libio_t *, int);
  int (*poll_h)(rtems_libio_t *, int);
  int (*kqfilter_h)(rtems_libio_t *, struct rtems_shim_knote *);
  ssize_t (*readv_h)(rtems_libio_t *, const struct iovec *, int, ssize_t);
  ssize_t (*writev_h)(rtems_libio_t *, const struct iovec *, int, ssize_t);
  int (*mmap_h)(rtems_libio_t *, void **, size_t, int, off_t);
} rtems_filesystem_file_handlers_r;

/* What the routines of a device driver get. */

typedef struct {
  rtems_libio_t *iop;
  off_t offset;
  char *buffer;
  uint32_t count;
  uint32_t flags;
  uint32_t bytes_moved;
} rtems_libio_rw_args_t;

typedef struct {
  rtems_libio_t *iop;
  uint32_t flags;
  uint32_t mode;
} rtems_libio_open_close_args_t;

typedef struct {
  rtems_libio_t *iop;
  ioctl_command_t command;
  void *buffer;
  int ioctl_return;
} rtems_libio_ioctl_args_t;

int rtems_filesystem_default_open(rtems_libio_t *, const char *, int, mode_t);
int rtems_filesystem_default_close(rtems_libio_t *);
ssize_t rtems_filesystem_default_read(rtems_libio_t *, void *, size_t);
ssize_t rtems_filesystem_default_write(rtems_libio_t *, const void *, size_t);
int rtems_filesystem_default_ioctl(rtems_libio_t *, ioctl_command_t, void *);
off_t rtems_filesystem_default_lseek(rtems_libio_t *, off_t, int);
int rtems_filesystem_default_fstat(const rtems_filesystem_location_info_t *, struct stat *);
int rtems_filesystem_default_ftruncate(rtems_libio_t *, off_t);
int rtems_filesystem_default_fsync_or_fdatasync(rtems_libio_t *);
int rtems_filesystem_default_fcntl(rtems_libio_t *, int);
int rtems_filesystem_default_poll(rtems_libio_t *, int);
int rtems_filesystem_default_kqfilter(rtems_libio_t *, struct rtems_shim_knote *);
ssize_t rtems_filesystem_default_readv(rtems_libio_t *, const struct iovec *, int, ssize_t);
ssize_t rtems_filesystem_default_writev(rtems_libio_t *, const struct iovec *, int, ssize_t);
int rtems_filesystem_default_mmap(rtems_libio_t *, void **, size_t, int, off_t);

/*
 * What RTEMS keeps of a file system and of a place in it. The kernel keeps the files, and none of these: they are types
 * of variables that a program may have, and of sizes that it may ask for.
 */

typedef struct rtems_filesystem_mount_table_entry_tt rtems_filesystem_mount_table_entry_t;

struct rtems_filesystem_location_info_tt {
  rtems_chain_node mt_entry_node;
  void *node_access;
  void *node_access_2;
  const rtems_filesystem_file_handlers_r *handlers;
  rtems_filesystem_mount_table_entry_t *mt_entry;
};

/* One opening of a device node, as its routines see it. */
struct rtems_libio_tt {
  uint32_t flags;
  off_t offset;
  rtems_filesystem_location_info_t pathinfo;
  uint32_t data0;
  void *data1;
};

#define LIBIO_FLAGS_NO_DELAY 0x0002U
#define LIBIO_FLAGS_READ 0x0004U
#define LIBIO_FLAGS_WRITE 0x0008U
#define LIBIO_FLAGS_OPEN 0x0100U
#define LIBIO_FLAGS_APPEND 0x0200U
#define LIBIO_FLAGS_CLOSE_ON_EXEC 0x0800U
#define LIBIO_FLAGS_REFERENCE_INC 0x1000U
#define LIBIO_FLAGS_READ_WRITE (LIBIO_FLAGS_READ | LIBIO_FLAGS_WRITE)

typedef struct rtems_filesystem_global_location_t {
  rtems_filesystem_location_info_t location;
  int reference_count;
  struct rtems_filesystem_global_location_t *deferred_released_next;
  int deferred_released_count;
} rtems_filesystem_global_location_t;

typedef struct _rtems_filesystem_operations_table {
  void (*lock_h)(const rtems_filesystem_mount_table_entry_t *);
  void (*unlock_h)(const rtems_filesystem_mount_table_entry_t *);
  void (*eval_path_h)(void *);
  int (*link_h)(const rtems_filesystem_location_info_t *, const rtems_filesystem_location_info_t *, const char *, size_t);
  bool (*are_nodes_equal_h)(const rtems_filesystem_location_info_t *, const rtems_filesystem_location_info_t *);
  int (*mknod_h)(const rtems_filesystem_location_info_t *, const char *, size_t, mode_t, dev_t);
  int (*rmnod_h)(const rtems_filesystem_location_info_t *, const rtems_filesystem_location_info_t *);
  int (*fchmod_h)(const rtems_filesystem_location_info_t *, mode_t);
  int (*chown_h)(const rtems_filesystem_location_info_t *, uid_t, gid_t);
  int (*clonenod_h)(rtems_filesystem_location_info_t *);
  void (*freenod_h)(const rtems_filesystem_location_info_t *);
  int (*mount_h)(rtems_filesystem_mount_table_entry_t *);
  int (*unmount_h)(rtems_filesystem_mount_table_entry_t *);
  void (*fsunmount_me_h)(rtems_filesystem_mount_table_entry_t *);
  int (*utimens_h)(const rtems_filesystem_location_info_t *, struct timespec *);
  int (*symlink_h)(const rtems_filesystem_location_info_t *, const char *, size_t, const char *);
  ssize_t (*readlink_h)(const rtems_filesystem_location_info_t *, char *, size_t);
  int (*rename_h)(
    const rtems_filesystem_location_info_t *,
    const rtems_filesystem_location_info_t *,
    const rtems_filesystem_location_info_t *,
    const char *,
    size_t
  );
  int (*statvfs_h)(const rtems_filesystem_location_info_t *, struct statvfs *);
} rtems_filesystem_operations_table;

/* What RTEMS keeps of a mounted file system, of that size; no program gets one from here. */
typedef struct rtems_filesystem_limits_and_options_t rtems_filesystem_limits_and_options_t;

struct rtems_filesystem_mount_table_entry_tt {
  rtems_chain_node mt_node;
  void *fs_info;
  const rtems_filesystem_operations_table *ops;
  const void *immutable_fs_info;
  rtems_chain_control location_chain;
  rtems_filesystem_global_location_t *mt_point_node;
  rtems_filesystem_global_location_t *mt_fs_root;
  bool mounted;
  bool writeable;
  bool no_regular_file_mknod;
  const rtems_filesystem_limits_and_options_t *pathconf_limits_and_options;
  const char *target;
  const char *type;
  char *dev;
  rtems_id unmount_task;
};

/* File systems */

typedef enum {
  RTEMS_FILESYSTEM_READ_ONLY,
  RTEMS_FILESYSTEM_READ_WRITE,
  RTEMS_FILESYSTEM_BAD_OPTIONS
} rtems_filesystem_options_t;

#define RTEMS_FILESYSTEM_TYPE_IMFS "imfs"

int mount(const char *, const char *, const char *, rtems_filesystem_options_t, const void *);
int mount_and_make_target_path(const char *, const char *, const char *, rtems_filesystem_options_t, const void *);
int unmount(const char *);

/* Device numbers: the major one in the lower word, the minor one in the upper. */
static inline dev_t rtems_filesystem_make_dev_t(uint32_t major, uint32_t minor)
{
  return (dev_t) ((uint64_t) minor << 32 | major);
}

static inline rtems_device_major_number rtems_filesystem_dev_major_t(dev_t device)
{
  return (uint32_t) device;
}

static inline rtems_device_minor_number rtems_filesystem_dev_minor_t(dev_t device)
{
  return (uint32_t) ((uint64_t) device >> 32);
}

#define rtems_filesystem_split_dev_t(device, major, minor) \
  do { \
    (major) = rtems_filesystem_dev_major_t(device); \
    (minor) = rtems_filesystem_dev_minor_t(device); \
  } while (0)

int rtems_mkdir(const char *, mode_t);

#ifdef __cplusplus
}
#endif

#endif
