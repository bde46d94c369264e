/* Names of the terminal, process groups, real paths, groups; what little of them RTEMS has. */
#include "witness.h"
#include <termios.h>
#include <malloc.h>
#include <rtems/malloc.h>
char *ctermid(char *); pid_t tcgetpgrp(int); int tcsetpgrp(int, pid_t); int setgroups(int, const gid_t *); char *ttyname(int); int ttyname_r(int, char *, size_t);
#define S(id, call) do { errno = 0; const char *s_ = (call); printf(id ": %s\n", s_ ? s_ : error_name(errno)); } while (0)
static rtems_task Init(rtems_task_argument x) { (void) x; char b[L_ctermid + 300]; gid_t g[20]; memset(g, 0, sizeof g); 
 VI("L", L_ctermid); S("ctermid", ctermid(NULL)); S("ctermid-b", ctermid(b)); VS("b", b); PV("tcgetpgrp", tcgetpgrp(0)); PV("tcgetpgrp9", tcgetpgrp(9)); PV("tcsetpgrp", tcsetpgrp(0, 1)); PV("tcsetpgrp9", tcsetpgrp(9, 77)); S("tty0", ttyname(0)); S("tty9", ttyname(9)); int fd = open("/x", O_CREAT | O_RDWR, 0600); S("tty-file", ttyname(fd)); PE("tr", ttyname_r(1, b, sizeof b)); VS("b", b); PE("tr-small", ttyname_r(1, b, 3)); PE("tr-9", ttyname_r(9, b, 30)); PE("tr-file", ttyname_r(fd, b, 30));
 PV("ngroups", getgroups(0, g)); PV("setg", setgroups(2, g)); PV("ngroups", getgroups(0, g)); PV("setgbig", setgroups(20, g)); PV("ngroups", getgroups(0, g)); PV("getbig", getgroups(20, g)); PV("getneg", getgroups(-1, g));
 mkdir("/d", 0755); mkdir("/d/e", 0755); close(open("/d/e/f", O_CREAT | O_RDWR, 0600)); symlink("/d/e", "/l"); symlink("f", "/d/e/g"); S("rp", realpath("/d/e/f", b)); S("rp-dots", realpath("/d/../d/./e//f", b)); S("rp-link", realpath("/l/f", b)); S("rp-rel", (chdir("/d"), realpath("e/f", b))); S("rp-none", realpath("/d/zz", b)); S("rp-none2", realpath("/d/zz/y", b)); S("rp-file", realpath("/d/e/f/x", b)); S("rp-null", realpath(NULL, b)); S("rp-empty", realpath("", b)); S("rp-root", realpath("/", b)); S("rp-up", realpath("/../..", b)); S("rp-alloc", realpath("/l/g", NULL)); S("rp-slash", realpath("/d/e/", b));
 struct termios t; memset(&t, 0x55, sizeof t); cfmakesane(&t); printf("sane: %lx %lx %lx %lx %ld %ld\n", (long) t.c_iflag, (long) t.c_oflag, (long) t.c_cflag, (long) t.c_lflag, (long) t.c_ispeed, (long) t.c_ospeed); for (int i = 0; i < NCCS; i++) printf("sane-cc%d: %d\n", i, t.c_cc[i]); exit(0); }
#define CLASSIC
#include "witness_config.h"
