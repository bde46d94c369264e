/* What a program says and how it ends: by semihosting, or in a buffer that a debugger reads. */
#pragma once
#include <stdint.h>

/* The console, where that is not semihosting, and the end. A debugger clears `magic` before the program starts and reads
   the rest when it has come to conformance_end. With a `magic` that is right, after a reset by the program itself, the
   report goes on and .noinit is left as it is; without, both begin anew. */
struct conformance_report {
    uint32_t magic; /* "RCON", 0x4E4F4352: the other words mean something */
    uint32_t ended; /* 1 when the program has ended */
    int32_t code;   /* then its exit code */
    uint32_t used;  /* bytes printed; those after the first sizeof text are lost here */
    char text[8192];
};
extern struct conformance_report conformance_report;

/* Not 0: lines and the end go out by semihosting. A word of the image, so that who loads it can change it. */
extern const volatile uint32_t conformance_semihosting;

/* Print text; %x is a word as 8 hex digits, %d a signed decimal, %s a string, %c a character.
   The text appears when its line ends. */
void print(const char *format, ...);

/* End the run; the code becomes the exit code of QEMU or of the command. */
void finish(int code) __attribute__((noreturn));

/* Where a program that has ended stays. */
void conformance_end(void) __attribute__((noreturn));

/* One semihosting request. */
int semihost(int operation, const void *argument);

#define SYS_OPEN 0x01
#define SYS_CLOSE 0x02
#define SYS_WRITEC 0x03
#define SYS_WRITE0 0x04
#define SYS_WRITE 0x05
#define SYS_READ 0x06
#define SYS_READC 0x07
#define SYS_EXIT_EXTENDED 0x20
