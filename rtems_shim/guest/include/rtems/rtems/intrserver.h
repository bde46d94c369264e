/* Interrupt servers: tasks that run the handlers of interrupts, and what a program submits to them itself. */

#ifndef _RTEMS_RTEMS_INTRSERVER_H
#define _RTEMS_RTEMS_INTRSERVER_H

#include <rtems/chain.h>
#include <rtems/rtems/attr.h>
#include <rtems/rtems/event.h>
#include <rtems/rtems/intr.h>
#include <rtems/rtems/modes.h>
#include <rtems/rtems/tasks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_INTERRUPT_SERVER_DEFAULT 0

typedef struct rtems_interrupt_server_control {
  rtems_chain_control entries;
  rtems_id server;
  unsigned long errors;
  uint32_t index;
  rtems_chain_node node;
  void (*destroy)(struct rtems_interrupt_server_control *);
  rtems_event_set rtems_shim_events; /* that the server has received */
} rtems_interrupt_server_control;

typedef struct {
  rtems_name name;
  rtems_task_priority priority;
  void *storage_area;
  size_t storage_size;
  rtems_mode modes;
  rtems_attribute attributes;
  void (*destroy)(rtems_interrupt_server_control *);
} rtems_interrupt_server_config;

typedef struct rtems_interrupt_server_action {
  struct rtems_interrupt_server_action *next;
  rtems_interrupt_handler handler;
  void *arg;
} rtems_interrupt_server_action;

typedef struct {
  rtems_chain_node node;
  rtems_interrupt_server_control *server;
  rtems_vector_number vector;
  rtems_interrupt_server_action *actions;
} rtems_interrupt_server_entry;

typedef struct {
  rtems_interrupt_server_entry entry;
  rtems_interrupt_server_action action;
} rtems_interrupt_server_request;

rtems_status_code rtems_interrupt_server_initialize(
  rtems_task_priority,
  size_t,
  rtems_mode,
  rtems_attribute,
  uint32_t *
);
rtems_status_code rtems_interrupt_server_create(
  rtems_interrupt_server_control *,
  const rtems_interrupt_server_config *,
  uint32_t *
);
rtems_status_code rtems_interrupt_server_handler_install(
  uint32_t,
  rtems_vector_number,
  const char *,
  rtems_option,
  rtems_interrupt_handler,
  void *
);
rtems_status_code rtems_interrupt_server_handler_remove(
  uint32_t,
  rtems_vector_number,
  rtems_interrupt_handler,
  void *
);
rtems_status_code rtems_interrupt_server_handler_iterate(
  uint32_t,
  rtems_vector_number,
  rtems_interrupt_per_handler_routine,
  void *
);
rtems_status_code rtems_interrupt_server_set_affinity(uint32_t, size_t, const cpu_set_t *, rtems_task_priority);
rtems_status_code rtems_interrupt_server_delete(uint32_t);
rtems_status_code rtems_interrupt_server_suspend(uint32_t);
rtems_status_code rtems_interrupt_server_resume(uint32_t);
rtems_status_code rtems_interrupt_server_move(uint32_t, rtems_vector_number, uint32_t);

rtems_status_code rtems_interrupt_server_entry_initialize(uint32_t, rtems_interrupt_server_entry *);
void rtems_interrupt_server_action_prepend(
  rtems_interrupt_server_entry *,
  rtems_interrupt_server_action *,
  rtems_interrupt_handler,
  void *
);
void rtems_interrupt_server_entry_destroy(rtems_interrupt_server_entry *);
void rtems_interrupt_server_entry_submit(rtems_interrupt_server_entry *);
rtems_status_code rtems_interrupt_server_entry_move(rtems_interrupt_server_entry *, uint32_t);

rtems_status_code rtems_interrupt_server_request_initialize(
  uint32_t,
  rtems_interrupt_server_request *,
  rtems_interrupt_handler,
  void *
);

static inline void rtems_interrupt_server_request_set_vector(
  rtems_interrupt_server_request *request,
  rtems_vector_number vector
)
{
  request->entry.vector = vector;
}

static inline void rtems_interrupt_server_request_destroy(rtems_interrupt_server_request *request)
{
  rtems_interrupt_server_entry_destroy(&request->entry);
}

static inline void rtems_interrupt_server_request_submit(rtems_interrupt_server_request *request)
{
  rtems_interrupt_server_entry_submit(&request->entry);
}

#ifdef __cplusplus
}
#endif

#endif
