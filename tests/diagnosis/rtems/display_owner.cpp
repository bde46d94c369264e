// A window belongs to the screen; a refresher keeps a plain pointer to it.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <pthread.h>
#include <semaphore.h>

class Window {
public:
  explicit Window(std::string title) : title_(std::move(title)) {}
  virtual ~Window() = default;
  virtual int draw(int x) { return x + (int) title_.size(); }
private:
  std::string title_;
};

class Screen {
public:
  Window *open(const char *title)
  {
    window_ = std::make_unique<Window>(title);
    return window_.get();
  }
  void close() { window_.reset(); }
  void write(const char *text) { note_ = std::make_unique<std::string>(text); }
private:
  std::unique_ptr<Window> window_;
  std::unique_ptr<std::string> note_;
};

static Screen screen;
static sem_t refresh;
static int drawn;

static void *refresher(void *argument)
{
  auto *window = static_cast<Window *>(argument);
  for (int i = 0; i < 3; ++i) {
    sem_wait(&refresh);
    drawn += window->draw(i);
  }
  return nullptr;
}

extern "C" void *POSIX_Init(void *)
{
  pthread_t thread;
  sem_init(&refresh, 0, 0);
  Window *window = screen.open("a window with a title that is long");
  pthread_create(&thread, nullptr, refresher, window);
  pthread_setname_np(thread, "refresher");
  sem_post(&refresh);
  screen.close();
  screen.write("closed by the operator at noon");
  sem_post(&refresh);
  sem_post(&refresh);
  pthread_join(thread, nullptr);
  std::printf("%d drawn\n", drawn);
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 64)
#include "posix_system.h"
