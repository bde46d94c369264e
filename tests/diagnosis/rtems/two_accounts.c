/* Two tills transfer money between two accounts; each account has a semaphore as its lock. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rtems.h>

struct account {
  sem_t lock;
  long balance;
};

static struct account savings, current;

static void transfer(struct account *from, struct account *to, long amount)
{
  sem_wait(&from->lock);
  from->balance -= amount;
  usleep(10000); /* the ledger is slow */
  sem_wait(&to->lock);
  to->balance += amount;
  sem_post(&to->lock);
  sem_post(&from->lock);
}

static void *deposits(void *argument)
{
  for (int i = 0; i < 4; ++i) {
    transfer(&current, &savings, 10);
  }
  return argument;
}

static void *withdrawals(void *argument)
{
  for (int i = 0; i < 4; ++i) {
    transfer(&savings, &current, 25);
  }
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t tills[2];

  (void) argument;
  sem_init(&savings.lock, 0, 1);
  sem_init(&current.lock, 0, 1);
  savings.balance = current.balance = 1000;
  pthread_create(&tills[0], NULL, deposits, NULL);
  pthread_setname_np(tills[0], "deposits");
  pthread_create(&tills[1], NULL, withdrawals, NULL);
  pthread_setname_np(tills[1], "withdrawals");
  pthread_join(tills[0], NULL);
  pthread_join(tills[1], NULL);
  printf("%ld %ld\n", savings.balance, current.balance);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
