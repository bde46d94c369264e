/*
 * Interrupt servers. A server is a task with a chain of entries; an entry has a list of actions, which the server calls
 * in its own context. The entry of an interrupt is appended by its handler, which disables the interrupt until the
 * actions have run. What changes a server's lists runs in the server, so nothing else is locked: a call is an entry, too.
 *
 * Nobody writes to the stack of a task that waits here: events are received into the server's control, and into the
 * call, which lies in the heap. [RTEMS 6: bsps/shared/irq/irq-server.c]
 */

#include <stdlib.h>
#include <string.h>

#include <bsp/irq.h>
#include <rtems.h>

#define NO_VECTOR BSP_INTERRUPT_VECTOR_COUNT

typedef rtems_interrupt_server_control server_control;
typedef rtems_interrupt_server_entry server_entry;
typedef rtems_interrupt_server_action server_action;

/* What somebody wants done in the server. */
struct call {
  server_entry entry;
  server_action action;
  rtems_id caller;
  rtems_event_set events;
  rtems_vector_number vector;
  rtems_option options;
  rtems_interrupt_handler handler;
  void *arg;
  rtems_interrupt_per_handler_routine visit;
  server_control *destination;
  rtems_status_code status;
};

static server_control default_server;
static rtems_chain_control servers = RTEMS_CHAIN_INITIALIZER_EMPTY(servers);

static void wait_for(rtems_event_set event, rtems_event_set *events)
{
  (void) rtems_event_system_receive(event, RTEMS_EVENT_ALL | RTEMS_WAIT, RTEMS_NO_TIMEOUT, events);
}

static server_control *find_server(uint32_t index)
{
  rtems_interrupt_level level;
  server_control *found = NULL;
  rtems_chain_node *node;

  rtems_interrupt_disable(level);
  for (node = rtems_chain_first(&servers); node != rtems_chain_tail(&servers); node = rtems_chain_next(node)) {
    server_control *server = RTEMS_CONTAINER_OF(node, server_control, node);

    if (server->index == index) {
      found = server;
      break;
    }
  }
  rtems_interrupt_enable(level);
  return found;
}

/* Of an entry: also the handler of an interrupt. */
static void submit(void *arg)
{
  server_entry *entry = arg;
  server_control *server = entry->server;
  rtems_interrupt_level level;

  if (entry->vector < BSP_INTERRUPT_VECTOR_COUNT) {
    (void) rtems_interrupt_vector_disable(entry->vector);
  }
  rtems_interrupt_disable(level);
  if (rtems_chain_is_node_off_chain(&entry->node)) {
    rtems_chain_append_unprotected(&server->entries, &entry->node);
  } else {
    ++server->errors;
  }
  rtems_interrupt_enable(level);
  (void) rtems_event_system_send(server->server, RTEMS_EVENT_SYSTEM_SERVER);
}

static bool withdraw(server_entry *entry)
{
  rtems_interrupt_level level;
  bool was_there;

  rtems_interrupt_disable(level);
  was_there = !rtems_chain_is_node_off_chain(&entry->node);
  if (was_there) {
    rtems_chain_extract_unprotected(&entry->node);
    rtems_chain_set_off_chain(&entry->node);
  }
  rtems_interrupt_enable(level);
  return was_there;
}

static server_entry *next_entry(server_control *server)
{
  rtems_interrupt_level level;
  server_entry *entry;

  rtems_interrupt_disable(level);
  entry = (server_entry *) rtems_chain_get_unprotected(&server->entries);
  if (entry != NULL) {
    rtems_chain_set_off_chain(&entry->node);
  }
  rtems_interrupt_enable(level);
  return entry;
}

static rtems_task serve(rtems_task_argument argument)
{
  server_control *server = (server_control *) argument;
  server_entry *entry;

  for (;;) {
    wait_for(RTEMS_EVENT_SYSTEM_SERVER, &server->rtems_shim_events);
    while ((entry = next_entry(server)) != NULL) {
      rtems_vector_number vector = entry->vector;
      server_action *action = entry->actions, *next;

      for (; action != NULL; action = next) {
        next = action->next; /* an action may end its entry, and itself */
        action->handler(action->arg);
      }
      if (vector < BSP_INTERRUPT_VECTOR_COUNT) {
        (void) rtems_interrupt_vector_enable(vector);
      }
    }
  }
}

/* Calls */

static void make_entry(server_entry *entry, server_control *server)
{
  rtems_chain_set_off_chain(&entry->node);
  entry->server = server;
  entry->vector = NO_VECTOR;
  entry->actions = NULL;
}

static struct call *new_call(rtems_vector_number vector, rtems_interrupt_handler handler, void *arg)
{
  struct call *call;

  while ((call = calloc(1, sizeof(*call))) == NULL) {
    (void) rtems_task_wake_after(1); /* RTEMS needs no memory for it; the caller waits here in any case */
  }
  call->caller = rtems_task_self();
  call->vector = vector;
  call->handler = handler;
  call->arg = arg;
  call->status = RTEMS_SUCCESSFUL;
  return call;
}

/* Run the routine in the server, and wait until it says that it is done. */
static rtems_status_code make(struct call *call, server_control *server, rtems_interrupt_handler routine)
{
  rtems_status_code status;

  make_entry(&call->entry, server);
  rtems_interrupt_server_action_prepend(&call->entry, &call->action, routine, call);
  submit(&call->entry);
  wait_for(RTEMS_EVENT_SYSTEM_TRANSIENT, &call->events);
  status = call->status;
  free(call);
  return status;
}

static void finish(struct call *call, rtems_status_code status)
{
  call->status = status;
  (void) rtems_event_transient_send(call->caller); /* from here on the call may be gone */
}

/* Handlers of interrupts */

struct query {
  server_entry *entry;
  rtems_option options;
};

static void look(void *arg, const char *info, rtems_option options, rtems_interrupt_handler handler, void *handler_arg)
{
  struct query *query = arg;

  (void) info;
  if (handler == submit) {
    query->entry = handler_arg;
    query->options = options;
  }
}

static struct query query_entry(rtems_vector_number vector)
{
  struct query query = { .entry = NULL };

  (void) rtems_interrupt_handler_iterate(vector, look, &query);
  return query;
}

/* Where this handler is linked, or the end of the list. */
static server_action **place_of(server_entry *entry, const struct call *call)
{
  server_action **place = &entry->actions;

  while (*place != NULL && ((*place)->handler != call->handler || (*place)->arg != call->arg)) {
    place = &(*place)->next;
  }
  return place;
}

static rtems_status_code install_first(const struct call *call, server_control *server, server_action *action)
{
  server_entry *entry = malloc(sizeof(*entry));
  rtems_status_code status;

  if (entry == NULL) {
    return RTEMS_NO_MEMORY;
  }
  make_entry(entry, server);
  entry->vector = call->vector;
  entry->actions = action;
  status = rtems_interrupt_handler_install(
    call->vector,
    "IRQS",
    call->options & RTEMS_INTERRUPT_UNIQUE,
    submit,
    entry
  );
  if (status != RTEMS_SUCCESSFUL) {
    free(entry);
  }
  return status;
}

static rtems_status_code install(const struct call *call, server_control *server, server_action *action)
{
  struct query query = query_entry(call->vector);
  server_action **place;

  if (query.entry == NULL) {
    return install_first(call, server, action);
  }
  if (RTEMS_INTERRUPT_IS_UNIQUE(call->options) || RTEMS_INTERRUPT_IS_UNIQUE(query.options)) {
    return RTEMS_RESOURCE_IN_USE;
  }
  place = place_of(query.entry, call);
  if (*place != NULL) {
    return RTEMS_TOO_MANY;
  }
  *place = action;
  return RTEMS_SUCCESSFUL;
}

static void install_here(void *arg)
{
  struct call *call = arg;
  server_action *action = calloc(1, sizeof(*action));
  rtems_status_code status = RTEMS_NO_MEMORY;

  if (action != NULL) {
    action->handler = call->handler;
    action->arg = call->arg;
    status = install(call, call->entry.server, action);
    if (status != RTEMS_SUCCESSFUL) {
      free(action);
    }
  }
  finish(call, status);
}

static rtems_status_code remove_action(const struct call *call)
{
  server_entry *entry = query_entry(call->vector).entry;
  server_action **place, *action;
  bool is_last;

  if (entry == NULL) {
    return RTEMS_INVALID_ID;
  }
  place = place_of(entry, call);
  action = *place;
  if (action == NULL) {
    return RTEMS_UNSATISFIED;
  }
  is_last = entry->actions->next == NULL;
  if (is_last) {
    (void) rtems_interrupt_handler_remove(call->vector, submit, entry);
  }
  *place = action->next;
  free(action);
  if (is_last) {
    (void) withdraw(entry);
    free(entry);
  }
  return RTEMS_SUCCESSFUL;
}

static void remove_here(void *arg)
{
  finish(arg, remove_action(arg));
}

static void iterate_here(void *arg)
{
  struct call *call = arg;
  struct query query = query_entry(call->vector);
  server_action *action;

  if (query.entry == NULL) {
    finish(call, RTEMS_UNSATISFIED);
    return;
  }
  for (action = query.entry->actions; action != NULL; action = action->next) {
    call->visit(call->arg, NULL, query.options, action->handler, action->arg);
  }
  finish(call, RTEMS_SUCCESSFUL);
}

static void move_here(void *arg)
{
  struct call *call = arg;
  server_entry *entry = query_entry(call->vector).entry;

  if (entry != NULL) {
    bool is_pending = withdraw(entry);

    entry->server = call->destination;
    if (is_pending) {
      submit(entry);
    }
  }
  finish(call, RTEMS_SUCCESSFUL);
}

rtems_status_code rtems_interrupt_server_handler_install(
  uint32_t index,
  rtems_vector_number vector,
  const char *info,
  rtems_option options,
  rtems_interrupt_handler handler,
  void *arg
)
{
  server_control *server = find_server(index);
  struct call *call;

  (void) info;
  if (server == NULL) {
    return RTEMS_INVALID_ID;
  }
  call = new_call(vector, handler, arg);
  call->options = options;
  return make(call, server, install_here);
}

rtems_status_code rtems_interrupt_server_handler_remove(
  uint32_t index,
  rtems_vector_number vector,
  rtems_interrupt_handler handler,
  void *arg
)
{
  server_control *server = find_server(index);

  return server == NULL ? RTEMS_INVALID_ID : make(new_call(vector, handler, arg), server, remove_here);
}

rtems_status_code rtems_interrupt_server_handler_iterate(
  uint32_t index,
  rtems_vector_number vector,
  rtems_interrupt_per_handler_routine routine,
  void *arg
)
{
  server_control *server = find_server(index);
  struct call *call;

  if (server == NULL || vector >= BSP_INTERRUPT_VECTOR_COUNT) {
    return RTEMS_INVALID_ID;
  }
  call = new_call(vector, NULL, arg);
  call->visit = routine;
  return make(call, server, iterate_here);
}

rtems_status_code rtems_interrupt_server_move(uint32_t source, rtems_vector_number vector, uint32_t destination)
{
  server_control *from = find_server(source), *to = find_server(destination);
  struct call *call;

  if (from == NULL || to == NULL || vector >= BSP_INTERRUPT_VECTOR_COUNT) {
    return RTEMS_INVALID_ID;
  }
  call = new_call(vector, NULL, NULL);
  call->destination = to;
  return make(call, from, move_here);
}

/* Servers */

static void forget_default(server_control *server)
{
  memset(server, 0, sizeof(*server));
}

static rtems_status_code start(server_control *server)
{
  rtems_interrupt_level level;

  rtems_chain_initialize_empty(&server->entries);
  rtems_interrupt_disable(level);
  rtems_chain_append_unprotected(&servers, &server->node);
  rtems_interrupt_enable(level);
  return rtems_task_start(server->server, serve, (rtems_task_argument) server);
}

rtems_status_code rtems_interrupt_server_initialize(
  rtems_task_priority priority,
  size_t stack_size,
  rtems_mode modes,
  rtems_attribute attributes,
  uint32_t *count
)
{
  rtems_name name = rtems_build_name('I', 'R', 'Q', 'S');
  rtems_status_code status = RTEMS_INCORRECT_STATE;
  uint32_t made = 0;

  if (default_server.server == 0) {
    status = rtems_task_create(name, priority, stack_size, modes, attributes, &default_server.server);
    if (status == RTEMS_SUCCESSFUL) {
      default_server.destroy = forget_default;
      status = start(&default_server);
      made = 1;
    }
  }
  if (count != NULL) {
    *count = made;
  }
  return status;
}

rtems_status_code rtems_interrupt_server_create(
  rtems_interrupt_server_control *server,
  const rtems_interrupt_server_config *config,
  uint32_t *index
)
{
  rtems_status_code status = rtems_task_create(
    config->name,
    config->priority,
    config->storage_size,
    config->modes,
    config->attributes,
    &server->server
  );

  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  server->destroy = config->destroy;
  server->index = rtems_object_id_get_index(server->server) + rtems_scheduler_get_processor_maximum();
  *index = server->index;
  return start(server);
}

static void end_here(void *arg)
{
  struct call *call = arg;
  server_control *server = call->entry.server;
  rtems_interrupt_level level;

  rtems_interrupt_disable(level);
  rtems_chain_extract_unprotected(&server->node);
  rtems_interrupt_enable(level);
  if (server->destroy != NULL) {
    server->destroy(server);
  }
  finish(call, RTEMS_SUCCESSFUL);
  rtems_task_exit();
}

static void suspend_here(void *arg)
{
  struct call *call = arg;
  server_control *server = call->entry.server;

  finish(call, RTEMS_SUCCESSFUL);
  wait_for(RTEMS_EVENT_SYSTEM_SERVER_RESUME, &server->rtems_shim_events);
}

static void answer_here(void *arg)
{
  finish(arg, RTEMS_SUCCESSFUL);
}

static rtems_status_code call_of(uint32_t index, rtems_interrupt_handler routine)
{
  server_control *server = find_server(index);

  return server == NULL ? RTEMS_INVALID_ID : make(new_call(NO_VECTOR, NULL, NULL), server, routine);
}

rtems_status_code rtems_interrupt_server_delete(uint32_t index)
{
  return call_of(index, end_here);
}

rtems_status_code rtems_interrupt_server_suspend(uint32_t index)
{
  return call_of(index, suspend_here);
}

rtems_status_code rtems_interrupt_server_resume(uint32_t index)
{
  server_control *server = find_server(index);

  if (server != NULL) {
    (void) rtems_event_system_send(server->server, RTEMS_EVENT_SYSTEM_SERVER_RESUME);
  }
  return call_of(index, answer_here);
}

rtems_status_code rtems_interrupt_server_set_affinity(
  uint32_t index,
  size_t size,
  const cpu_set_t *affinity,
  rtems_task_priority priority
)
{
  server_control *server = find_server(index);
  rtems_status_code status;
  rtems_id scheduler;

  if (server == NULL) {
    return RTEMS_INVALID_ID;
  }
  status = rtems_scheduler_ident_by_processor_set(size, affinity, &scheduler);
  if (status == RTEMS_SUCCESSFUL) {
    status = rtems_task_set_scheduler(server->server, scheduler, priority);
  }
  return status == RTEMS_SUCCESSFUL ? rtems_task_set_affinity(server->server, size, affinity) : status;
}

/* Entries and requests of the program's own */

rtems_status_code rtems_interrupt_server_entry_initialize(uint32_t index, rtems_interrupt_server_entry *entry)
{
  server_control *server = find_server(index);

  if (server == NULL) {
    return RTEMS_INVALID_ID;
  }
  make_entry(entry, server);
  return RTEMS_SUCCESSFUL;
}

void rtems_interrupt_server_action_prepend(
  rtems_interrupt_server_entry *entry,
  rtems_interrupt_server_action *action,
  rtems_interrupt_handler routine,
  void *arg
)
{
  action->handler = routine;
  action->arg = arg;
  action->next = entry->actions;
  entry->actions = action;
}

void rtems_interrupt_server_entry_submit(rtems_interrupt_server_entry *entry)
{
  submit(entry);
}

rtems_status_code rtems_interrupt_server_entry_move(rtems_interrupt_server_entry *entry, uint32_t index)
{
  server_control *server = find_server(index);

  if (server == NULL) {
    return RTEMS_INVALID_ID;
  }
  entry->server = server;
  return RTEMS_SUCCESSFUL;
}

/* When the server has answered, it no longer runs the entry's actions either. */
void rtems_interrupt_server_entry_destroy(rtems_interrupt_server_entry *entry)
{
  (void) withdraw(entry);
  (void) make(new_call(NO_VECTOR, NULL, NULL), entry->server, answer_here);
}

rtems_status_code rtems_interrupt_server_request_initialize(
  uint32_t index,
  rtems_interrupt_server_request *request,
  rtems_interrupt_handler routine,
  void *arg
)
{
  rtems_status_code status = rtems_interrupt_server_entry_initialize(index, &request->entry);

  if (status == RTEMS_SUCCESSFUL) {
    rtems_interrupt_server_action_prepend(&request->entry, &request->action, routine, arg);
  }
  return status;
}
