/* Static objects, a local static that two threads reach for, virtual calls, containers, exceptions, the end. */

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include <pthread.h>
#include <rtems.h>

struct Named {
  const char *name;
  explicit Named(const char *its_name) : name(its_name) { std::printf("%s begins\n", name); }
  ~Named() { std::printf("%s ends\n", name); }
};

struct Shape {
  virtual ~Shape() {}
  virtual int area() const = 0;
};

struct Square : Shape {
  int side;
  explicit Square(int its_side) : side(its_side) {}
  int area() const override { return side * side; }
};

/* A constructor may do what a thread may: here it takes a lock and waits for the clock. */
struct Sleeper {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  Sleeper()
  {
    pthread_mutex_lock(&lock);
    rtems_task_wake_after(1);
    pthread_mutex_unlock(&lock);
    std::printf("slept\n");
  }
};

static Named first("first");
static Named second("second");
static Sleeper sleeper;
static std::string text("a string that is too long for the room inside its object");

__attribute__((destructor)) static void at_the_very_end() { std::printf("destructor function\n"); }

static int slow_value()
{
  static int calls;
  rtems_task_wake_after(2);
  return ++calls;
}

/* The guard of a local static: one thread initialises, the other waits. */
static int local_value()
{
  static int value = slow_value();
  return value;
}

/* An initialiser that throws is tried again. */
static int tried;
static int reluctant()
{
  static int value = ++tried < 3 ? throw tried : tried;
  return value;
}

/* Two threads, each with an exception in flight while the other throws. */
static void *thrower(void *argument)
{
  int number = *static_cast<int *>(argument);
  int seen = local_value();

  try {
    throw number;
  } catch (int caught) {
    rtems_task_wake_after(2);
    try {
      throw;
    } catch (int again) {
      std::printf("thread %d caught %d and %d, value %d\n", number, caught, again, seen);
    }
  }
  return nullptr;
}

extern "C" void *POSIX_Init(void *)
{
  std::map<std::string, int> numbers{{"one", 1}, {"two", 2}};
  std::unique_ptr<Shape> shape(new Square(7));
  pthread_t threads[2];
  static int one = 1, two = 2; /* not on this stack, which is this thread's alone */

  std::printf("begun, %d, %d, %d\n", numbers["two"], shape->area(), (int) text.size());
  pthread_create(&threads[0], nullptr, thrower, &one);
  pthread_create(&threads[1], nullptr, thrower, &two);
  pthread_join(threads[0], nullptr);
  pthread_join(threads[1], nullptr);
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      std::printf("reluctant gives %d\n", reluctant());
    } catch (int number) {
      std::printf("reluctant throws %d\n", number);
    }
  }
  try {
    (void) numbers.at("three");
  } catch (const std::out_of_range &) {
    std::printf("out of range\n");
  }
  std::printf("%d\n", dynamic_cast<Square *>(shape.get())->side);
  std::exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
