/* Message Manager. */

#ifndef _RTEMS_RTEMS_MESSAGE_H
#define _RTEMS_RTEMS_MESSAGE_H

#include <rtems/rtems/attr.h>
#include <rtems/rtems/options.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What RTEMS keeps beside each message: programs that reckon how much memory a queue needs ask for its size. */
typedef struct {
  void *links[2];
  size_t size;
  int priority;
} CORE_message_queue_Buffer;

#define RTEMS_MESSAGE_QUEUE_BUFFER(size) \
  struct { \
    void *links[2]; \
    size_t length; \
    int priority; \
    char buffer[size]; \
  }

typedef struct {
  rtems_name name;
  uint32_t maximum_pending_messages;
  size_t maximum_message_size;
  void *storage_area;
  size_t storage_size;
  void (*storage_free)(void *);
  rtems_attribute attributes;
} rtems_message_queue_config;

rtems_status_code rtems_message_queue_construct(const rtems_message_queue_config *, rtems_id *);
rtems_status_code rtems_message_queue_create(
  rtems_name,
  uint32_t,
  size_t,
  rtems_attribute,
  rtems_id *
);
rtems_status_code rtems_message_queue_ident(rtems_name, uint32_t, rtems_id *);
rtems_status_code rtems_message_queue_delete(rtems_id);
rtems_status_code rtems_message_queue_send(rtems_id, const void *, size_t);
rtems_status_code rtems_message_queue_urgent(rtems_id, const void *, size_t);
rtems_status_code rtems_message_queue_broadcast(rtems_id, const void *, size_t, uint32_t *);
rtems_status_code rtems_message_queue_receive(
  rtems_id,
  void *,
  size_t *,
  rtems_option,
  rtems_interval
);
rtems_status_code rtems_message_queue_get_number_pending(rtems_id, uint32_t *);
rtems_status_code rtems_message_queue_flush(rtems_id, uint32_t *);

#ifdef __cplusplus
}
#endif

#endif
