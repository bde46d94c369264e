/* Signals of a Classic task in a program that does not link pthread_create(): all are blocked. */
#include "witness.h"
static void h(int s) { note("h"); }
static void *th(void *a) { return a; }
static rtems_task Init(rtems_task_argument x) { sigset_t m; struct sigaction a = { .sa_handler = h }; sigaction(SIGUSR1, &a, NULL); sigprocmask(SIG_BLOCK, NULL, &m); VI("usr1-blocked", sigismember(&m, SIGUSR1)); VI("raise", raise(SIGUSR1)); show("r"); sigset_t p; sigpending(&p); VI("pend", sigismember(&p, SIGUSR1)); sigemptyset(&m); sigprocmask(SIG_SETMASK, &m, NULL); show("unbl"); VI("raise", raise(SIGUSR1)); show("r2");
 exit(0); }
#define CLASSIC
#include "witness_config.h"
