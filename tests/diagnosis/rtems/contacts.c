/* A list of callbacks for connections; a connection that closes is taken off the list. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct connection {
  struct connection *next;
  void (*on_data)(struct connection *, int);
  int number;
  int bytes;
};

static struct connection *connections;

static void count_bytes(struct connection *connection, int byte)
{
  (void) byte;
  ++connection->bytes;
}

static struct connection *open_connection(int number)
{
  struct connection *connection = malloc(sizeof *connection);

  connection->number = number;
  connection->bytes = 0;
  connection->on_data = count_bytes;
  connection->next = connections;
  connections = connection;
  return connection;
}

static void close_connection(struct connection *connection)
{
  printf("connection %d: %d bytes\n", connection->number, connection->bytes);
  free(connection);
}

static char *save_greeting(const char *text)
{
  char *copy = malloc(strlen(text) + 1);

  strcpy(copy, text);
  return copy;
}

static void broadcast(int byte)
{
  struct connection *connection;

  for (connection = connections; connection != NULL; connection = connection->next) {
    connection->on_data(connection, byte);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  struct connection *second;
  char *greeting;

  (void) argument;
  open_connection(1);
  second = open_connection(2);
  open_connection(3);
  broadcast('a');
  close_connection(second);
  greeting = save_greeting("welcome to it");
  printf("%s\n", greeting);
  broadcast('b');
  free(greeting);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
