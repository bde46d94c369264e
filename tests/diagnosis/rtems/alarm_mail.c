/* Alarms are put into an envelope whose parts are freed by whoever handles them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rtems.h>

typedef struct {
  char *text;
  uint32_t level;
} alarm_mail;

static rtems_id inbox, main_id;

static void send_alarm(const char *text, uint32_t level)
{
  alarm_mail mail;

  mail.text = malloc(strlen(text) + 1);
  strcpy(mail.text, text);
  mail.level = level;
  rtems_message_queue_send(inbox, &mail, sizeof(mail));
  if (level > 2) {
    rtems_message_queue_send(inbox, &mail, sizeof(mail));
  }
}

static void handle(alarm_mail *mail)
{
  printf("%u: %s\n", (unsigned) mail->level, mail->text);
  free(mail->text);
}

static rtems_task handler(rtems_task_argument argument)
{
  static alarm_mail mail;
  static size_t size;

  (void) argument;
  for (;;) {
    rtems_message_queue_receive(inbox, &mail, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    if (mail.level == 0) {
      break;
    }
    handle(&mail);
  }
  rtems_event_transient_send(main_id);
  rtems_task_exit();
}

static rtems_task source(rtems_task_argument argument)
{
  (void) argument;
  send_alarm("door open", 1);
  send_alarm("smoke in the hall", 3);
  send_alarm("end", 0);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  main_id = rtems_task_self();
  rtems_message_queue_create(rtems_build_name('I', 'N', 'B', 'X'), 6, sizeof(alarm_mail), RTEMS_DEFAULT_ATTRIBUTES, &inbox);
  rtems_task_create(rtems_build_name('H', 'N', 'D', 'L'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, handler, argument);
  rtems_task_create(rtems_build_name('S', 'R', 'C', ' '), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, source, argument);
  rtems_event_transient_receive(RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(6, sizeof(alarm_mail))
#include "classic_system.h"
