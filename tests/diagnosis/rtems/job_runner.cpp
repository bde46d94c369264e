// Jobs are functions in a queue; the runner takes them out and calls them.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <string>
#include <pthread.h>

class Runner {
public:
  void add(std::string name, std::function<int(int)> work)
  {
    jobs_.push_back({ std::move(name), std::move(work), 0 });
  }

  int run_all()
  {
    int sum = 0;
    for (auto &job : jobs_) {
      sum += run(job, sum);
    }
    return sum;
  }

  std::function<int(int)> take(std::size_t number)
  {
    return std::move(jobs_[number].work);
  }

private:
  struct Job {
    std::string name;
    std::function<int(int)> work;
    int runs;
  };

  int run(Job &job, int argument)
  {
    job.runs++;
    return job.work(argument);
  }

  std::deque<Job> jobs_;
};

static Runner runner;

static int times_three(int number)
{
  return number * 3;
}

static void *work(void *)
{
  runner.add("scale", times_three);
  runner.add("offset", [](int number) { return number + 7; });
  std::printf("once: %d\n", runner.run_all());
  auto first = runner.take(0);
  std::printf("first: %d\n", first(4));
  std::printf("again: %d\n", runner.run_all());
  return nullptr;
}

extern "C" void *POSIX_Init(void *)
{
  pthread_t thread;

  pthread_create(&thread, nullptr, work, nullptr);
  pthread_setname_np(thread, "runner");
  pthread_join(thread, nullptr);
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#include "posix_system.h"
