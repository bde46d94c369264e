/*
 * The per-thread block: newlib's struct _reent and what the guest's C code keeps for a thread.
 *
 * Applications only reserve the room. The structure itself is src/newlib.c's, which sees struct _reent as the libc it
 * links does.
 */

#ifndef RTEMS_SHIM_THREAD_BLOCK_H
#define RTEMS_SHIM_THREAD_BLOCK_H

#define RTEMS_SHIM_THREAD_BLOCK_SIZE 1152

/* The last bytes of it are the Thread_Control, which has the pointer to the thread-local storage here. */
#define RTEMS_SHIM_THREAD_CONTROL_SIZE 16
#define RTEMS_SHIM_THREAD_POINTER (RTEMS_SHIM_THREAD_BLOCK_SIZE - 8)

#ifndef __ASSEMBLER__

#ifdef __cplusplus
extern "C" {
#endif

struct _pthread_cleanup_context;
struct rtems_shim_thread_destructor;

struct rtems_shim_thread_locals {
  struct _pthread_cleanup_context *cleanup;
  void *exceptions[3]; /* __cxa_eh_globals: caught, number of uncaught, propagating */
  struct rtems_shim_thread_destructor *destructors; /* of thread-local objects */
  char signal_text[32];
};

/* The executing thread's. */
struct rtems_shim_thread_locals *rtems_shim_thread_locals(void);

#ifdef __cplusplus
}
#endif

#endif /* __ASSEMBLER__ */

#endif
