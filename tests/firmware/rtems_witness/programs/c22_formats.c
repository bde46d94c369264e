/* printf, scanf, strtod, strtol and their kin. */
#include "witness.h"
#include <inttypes.h>
#include <math.h>
#include <float.h>
#include <ctype.h>
#include <wchar.h>
#include <locale.h>
#include <setjmp.h>
static rtems_task Init(rtems_task_argument x) { (void) x; char b[100]; 
 printf("i: %5d|%-5d|%05d|%+d|% d|%x|%#x|%#o|%X|%u\n", 42, 42, 42, 42, 42, 255, 255, 8, 255, -1);
 printf("l: %ld %lld %hd %hhd %zu %jd %td\n", -5L, -5000000000LL, (short) 70000, (char) 300, (size_t) 7, (intmax_t) -7, (ptrdiff_t) 9);
 printf("f: %f %.0f %.1f %10.3f|%-10.3f|%+.2e %g %g %g %G\n", 3.14159, 2.5, 0.05, 2.71828, 2.71828, 12345.678, 0.0001, 0.00001, 1e10, 1e-10);
 printf("a: %a %a %.2a %A\n", 1.0, 0.1, 3.14159, 255.5);
 printf("inf: %f %f %f %g %E\n", INFINITY, -INFINITY, NAN, -NAN, INFINITY);
 printf("s: %s|%10s|%-10s|%.2s|%*d|%-*d|%.*s|%c|%%\n", "abc", "abc", "abc", "abc", 5, 1, 5, 1, 2, "xyz", 'q');
 printf("p: %p %p\n", (void *) 0x1234, (void *) 0); printf("n: %s\n", (char *) NULL);
 VI("snprintf", snprintf(b, 4, "%s", "abcdefgh")); VS("b", b); VI("snprintf0", snprintf(NULL, 0, "%d", 12345)); VI("n", ({ int n; sprintf(b, "abc%nd", &n); n; }));
 printf("pos: %2$s %1$s\n", "a", "b"); printf("q: %'d\n", 1234567); printf("L: %Lf\n", 1.5L); printf("ls: %ls\n", L"wide"); printf("C: %lc\n", L'w');
 printf("big: %.20f\n", 0.1); printf("big2: %.15g %.17g\n", 0.1, 0.1); printf("big3: %f\n", 1e22); printf("den: %g %g\n", DBL_MIN / 2, 5e-324); printf("max: %g\n", DBL_MAX); printf("zero: %f %g %e %a\n", -0.0, -0.0, 0.0, -0.0); printf("hash: %#g %#.0f %#x\n", 1.0, 1.0, 0); printf("prec0: [%.0d] [%.0x] [%.5d] [%8.5d] [%-8.5d]\n", 0, 0, 42, 42, 42); printf("inval: %y|\n"); printf("m: %m\n");
 char *e; errno = 0; printf("strtol: %ld", strtol("  -123abc", &e, 10)); printf(" %s\n", e); printf("strtol16: %ld", strtol("0x1fg", &e, 0)); printf(" %s\n", e); printf("strtol8: %ld", strtol("0778", &e, 0)); printf(" %s\n", e); errno = 0; printf("over: %ld %s\n", strtol("99999999999", NULL, 10), error_name(errno)); errno = 0; printf("under: %ld %s\n", strtol("-99999999999", NULL, 10), error_name(errno)); errno = 0; printf("ul: %lu %s\n", strtoul("-1", NULL, 10), error_name(errno)); errno = 0; printf("base1: %ld %s\n", strtol("12", NULL, 1), error_name(errno)); errno = 0; printf("empty: %ld %s\n", strtol("", &e, 10), error_name(errno)); printf("b36: %ld\n", strtol("zz", NULL, 36)); printf("0x: %ld", strtol("0xz", &e, 16)); printf(" %s\n", e);
 errno = 0; printf("d: %g", strtod("1e400", &e)); printf(" [%s] %s\n", e, error_name(errno)); errno = 0; printf("d2: %g", strtod("1e-400", &e)); printf(" [%s] %s\n", e, error_name(errno)); printf("d3: %g", strtod("0x1.8p3z", &e)); printf(" [%s]\n", e); printf("d4: %g", strtod("infinityx", &e)); printf(" [%s]\n", e); printf("d5: %g", strtod("nan(12)x", &e)); printf(" [%s]\n", e); printf("d6: %.17g\n", strtod("0.1000000000000000055511151231257827", NULL)); printf("d7: %g", strtod(".e1", &e)); printf(" [%s]\n", e); printf("d8: %g", strtod("1e+", &e)); printf(" [%s]\n", e); printf("f9: %.9g\n", strtof("16777217", NULL)); printf("ld: %Lg\n", strtold("2.5", NULL)); printf("atof: %g %d %ld %lld\n", atof("1.5x"), atoi("-7x"), atol("8"), atoll("9999999999"));
 int i = -1, j = -1, k = -1; char w[20] = ""; float f = 0; double d = 0; unsigned u = 0; long long ll = 0; short h = 0; signed char hh = 0;
 printf("sc1: %d", sscanf("12 ab 3.5", "%d %s %f", &i, w, &f)); printf(" %d %s %g\n", i, w, f); printf("sc2: %d", sscanf("0x1f 077 9", "%i %i %i", &i, &j, &k)); printf(" %d %d %d\n", i, j, k); printf("sc3: %d", sscanf("abc123", "%[a-z]%d", w, &i)); printf(" %s %d\n", w, i); printf("sc4: %d\n", sscanf("", "%d", &i)); printf("sc5: %d\n", sscanf("x", "%d", &i)); printf("sc6: %d", sscanf("12345", "%2d%3d", &i, &j)); printf(" %d %d\n", i, j); printf("sc7: %d", sscanf("5 6", "%*d %d", &i)); printf(" %d\n", i); printf("sc8: %d", sscanf("7%8", "%d%%%d", &i, &j)); printf(" %d %d\n", i, j); printf("sc9: %d", sscanf("a b", "%c%c%c", w, w + 1, w + 2)); printf(" %c%c%c\n", w[0], w[1], w[2]); printf("sc10: %d", sscanf("12 34", "%d%n", &i, &j)); printf(" %d\n", j); printf("sc11: %d", sscanf("99999999999 70000 300", "%lld %hd %hhd", &ll, &h, &hh)); printf(" %lld %d %d\n", ll, h, hh); printf("sc12: %d", sscanf("1e3 inf nan", "%lf %f", &d, &f)); printf(" %g %g\n", d, f); printf("sc13: %d", sscanf("ff", "%x", &u)); printf(" %u\n", u); printf("sc14: %d", sscanf("hello]x", "%[^]]", w)); printf(" %s\n", w); size_t z = 0; intmax_t jm = 0; printf("sc15: %d", sscanf("5 6", "%zu %jd", &z, &jm)); printf(" %zu %jd\n", z, jm); void *pp; printf("sc16: %d", sscanf("0x1234", "%p", &pp)); printf(" %p\n", pp); printf("sc17: %d\n", sscanf("-", "%d", &i)); printf("sc18: %d", sscanf("1.5e", "%f%s", &f, w)); printf(" %g\n", f);
 struct tm tm; time_t tt = 86400 * 365; printf("gm: %s", asctime(gmtime_r(&tt, &tm))); strftime(b, 100, "%Y-%m-%d %H:%M:%S %j %a %b %U %p %y %e %Z", &tm); VS("strftime", b); printf("ct: %s", ctime(&tt)); VI("mktime", mktime(&tm)); 
 VS("loc", setlocale(LC_ALL, NULL)); printf("loc2: %s\n", setlocale(LC_ALL, "de_DE") ? "y" : "n"); printf("dp: %s\n", localeconv()->decimal_point); VI("mbcur", MB_CUR_MAX); VS("err", strerror(ENOENT)); VS("err2", strerror(0)); VS("err3", strerror(9999)); VS("err4", strerror(EAGAIN)); VI("rand", ({ srand(1); rand(); })); VI("rand2", rand()); VI("randmax", RAND_MAX); srandom(1); VI("random", random()); srand48(1); VI("lrand48", lrand48()); unsigned r = 1; VI("rand_r", rand_r(&r)); VI("qs", BUFSIZ); VI("fopenmax", FOPEN_MAX); VI("filenamemax", FILENAME_MAX); VI("tmpmax", TMP_MAX); VI("Ltmpnam", L_tmpnam); VI("cps", CLOCKS_PER_SEC); VI("time_t", sizeof(time_t)); VI("off_t", sizeof(off_t)); VI("wchar", sizeof(wchar_t)); 
 exit(0); }
#define CLASSIC
#include "witness_config.h"
