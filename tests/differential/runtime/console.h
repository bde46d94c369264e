/* Console and end of a test program, by semihosting. */
#pragma once
#include <stdint.h>

/* Print text; %x is a word as 8 hex digits, %d a signed decimal, %s a string, %c a character.
   The text appears when its line ends. */
void print(const char *format, ...);

/* End the run; the code becomes the exit code of QEMU or of the command. */
void finish(int code) __attribute__((noreturn));

/* One semihosting request. */
int semihost(int operation, const void *argument);

#define SYS_OPEN 0x01
#define SYS_CLOSE 0x02
#define SYS_WRITEC 0x03
#define SYS_WRITE0 0x04
#define SYS_WRITE 0x05
#define SYS_READ 0x06
#define SYS_READC 0x07
