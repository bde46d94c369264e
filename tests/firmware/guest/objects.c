/* What needs no configuration: self-contained objects, the threads of C, chains, red-black trees. */
#include <pthread.h>
#include <rtems.h>
#include <rtems/chain.h>
#include <rtems/malloc.h>
#include <rtems/rbtree.h>
#include <rtems/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

static rtems_mutex mutex = RTEMS_MUTEX_INITIALIZER("mutex");
static rtems_recursive_mutex recursive = RTEMS_RECURSIVE_MUTEX_INITIALIZER("recursive");
static rtems_binary_semaphore binary = RTEMS_BINARY_SEMAPHORE_INITIALIZER("binary");
static rtems_counting_semaphore counting = RTEMS_COUNTING_SEMAPHORE_INITIALIZER("counting", 2);
static rtems_condition_variable condition = RTEMS_CONDITION_VARIABLE_INITIALIZER("condition");
static RTEMS_CHAIN_DEFINE_EMPTY(chain);
static RTEMS_RBTREE_DEFINE_EMPTY(tree);
static int ready;

static rtems_task waiter(rtems_task_argument argument)
{
  (void) argument;
  rtems_mutex_lock(&mutex);
  ready = 1;
  rtems_condition_variable_signal(&condition);
  rtems_mutex_unlock(&mutex);
  rtems_binary_semaphore_wait(&binary);
  puts("woken");
  rtems_task_exit();
}

static void self_contained_objects(void)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('W', 'A', 'I', 'T'), 5, 4096, 0, 0, &id);
  rtems_mutex_lock(&mutex);
  rtems_task_start(id, waiter, 0);
  while (!ready) {
    rtems_condition_variable_wait(&condition, &mutex);
  }
  rtems_mutex_unlock(&mutex);
  rtems_task_wake_after(1);
  rtems_binary_semaphore_post(&binary);
  rtems_binary_semaphore_post(&binary);
  rtems_binary_semaphore_post(&binary);
  rtems_task_wake_after(1);
  printf("binary %d %d\n", rtems_binary_semaphore_try_wait(&binary), rtems_binary_semaphore_try_wait(&binary));
  rtems_recursive_mutex_lock(&recursive);
  printf("%s %d\n", rtems_recursive_mutex_get_name(&recursive), rtems_recursive_mutex_try_lock(&recursive));
  rtems_counting_semaphore_wait(&counting);
  rtems_counting_semaphore_wait(&counting);
  printf("counting %d\n", rtems_counting_semaphore_try_wait(&counting));
  printf("in time %d\n", rtems_counting_semaphore_wait_timed_ticks(&counting, 2));
}

static int successor(void *number)
{
  return *(int *) number + 1;
}

static void threads_of_c(void)
{
  static int number = 41;
  thrd_t thread, second;
  mtx_t lock;
  int result = 0;
  size_t left;
  void *block;

  block = rtems_heap_greedy_allocate(NULL, 0);
  printf("no memory %d, ", thrd_create(&thread, successor, &number) == thrd_nomem);
  rtems_heap_greedy_free(block);
  thrd_create(&thread, successor, &number);
  left = malloc_free_space();
  printf("no thread %d ", thrd_create(&second, successor, &number) == thrd_error);
  printf("%d, ", malloc_free_space() == left);
  thrd_join(thread, &result);
  mtx_init(&lock, mtx_recursive);
  printf("C %d %d %d\n", result, mtx_lock(&lock) == thrd_success, mtx_trylock(&lock) == thrd_success);
}

static void chains(void)
{
  static rtems_chain_node nodes[3];

  rtems_chain_append(&chain, &nodes[0]);
  rtems_chain_append(&chain, &nodes[1]);
  rtems_chain_prepend(&chain, &nodes[2]);
  printf("chain %d", (int) rtems_chain_node_count_unprotected(&chain));
  while (!rtems_chain_is_empty(&chain)) {
    printf(" %d", (int) (rtems_chain_get(&chain) - nodes));
  }
  puts("");
}

struct number {
  rtems_rbtree_node node;
  int value;
};

static rtems_rbtree_compare_result compare(const rtems_rbtree_node *left, const rtems_rbtree_node *right)
{
  return ((const struct number *) left)->value - ((const struct number *) right)->value;
}

static void trees(void)
{
  static struct number numbers[50];
  rtems_rbtree_node *node;
  int index, last = -1, in_order = 1, count = 0;

  for (index = 0; index < 50; ++index) {
    numbers[index].value = index * 37 % 50;
    rtems_rbtree_insert(&tree, &numbers[index].node, compare, true);
  }
  rtems_rbtree_extract(&tree, &numbers[7].node);
  for (node = rtems_rbtree_min(&tree); node != NULL; node = rtems_rbtree_successor(node)) {
    in_order = in_order && ((struct number *) node)->value > last;
    last = ((struct number *) node)->value;
    ++count;
  }
  printf("tree %d %d %d\n", count, in_order, rtems_rbtree_find(&tree, &numbers[7].node, compare, true) == NULL);
}

static rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  self_contained_objects();
  threads_of_c();
  chains();
  trees();
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_POSIX_THREADS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
