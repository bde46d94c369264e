/*
 * Sharing a thread's stack in one call.
 *
 * rtems_share_stack(target, owner, prot) lets the thread `target` use the stack of the thread `owner` with the
 * rights in `prot`: PROT_READ, or PROT_READ | PROT_WRITE. It does what an application does by hand:
 * shm_open("/taskfs/<name of owner>"), ftruncate() to the size of owner's stack, mmap() at the base of target's stack,
 * close(). 0 as a thread means the caller. An owner whose object name has not exactly four characters is given one
 * first: 'S' and three hexadecimal digits of its object index.
 *
 *   RTEMS_SUCCESSFUL      target may now use the stack, from its next instruction on
 *   RTEMS_INVALID_ID      target or owner is not a thread
 *   RTEMS_INVALID_NUMBER  prot asks for nothing, or for a right that a stack cannot be shared with
 *   RTEMS_TOO_MANY        target already uses the stacks of eight other threads
 *   RTEMS_UNSATISFIED     anything else; errno says what
 *
 * rtems_unshare_stack(target, owner) takes the right away again: RTEMS_SUCCESSFUL, RTEMS_INVALID_ID, or
 * RTEMS_UNSATISFIED when there is no such share.
 *
 * The stack of a thread that ended stays protected until its memory is used for a new thread, is given to free(), or
 * to rtems_stack_release(base), which answers 0, or EINVAL when no such stack begins there.
 */

#ifndef RTEMS_SHARE_STACK_H
#define RTEMS_SHARE_STACK_H

#include <sys/mman.h>

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

rtems_status_code rtems_share_stack(rtems_id target, rtems_id owner, int prot);
rtems_status_code rtems_unshare_stack(rtems_id target, rtems_id owner);
int rtems_stack_release(void *base);

#ifdef __cplusplus
}
#endif

#endif
