/* Every semihosting request, by its number, with what it returns and SYS_ERRNO afterwards. */
#include "console.h"
#include <stdint.h>

static char buffer[64];

static int call(int operation, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t block[4] = {a, b, c, d};
    return semihost(operation, block);
}

static void say(const char *what, int result)
{
    print("%s: %x errno %d\n", what, result, semihost(0x13, 0));
}

static uint32_t length(const char *text)
{
    uint32_t count = 0;
    while (text[count])
        count++;
    return count;
}

static int open(const char *name, int mode)
{
    return call(0x01, (uint32_t)name, mode, length(name), 0);
}

static int write(int handle, const char *text)
{
    return call(0x05, handle, (uint32_t)text, length(text), 0);
}

static int read(int handle, uint32_t size)
{
    return call(0x06, handle, (uint32_t)buffer, size, 0);
}

static void features(void)
{
    int handle = open(":semihosting-features", 0);
    say("features", handle);
    say("to write", open(":semihosting-features", 4));
    say("flen", call(0x0C, handle, 0, 0, 0));
    say("read 3", read(handle, 3));
    print("%x %x %x\n", buffer[0], buffer[1], buffer[2]);
    say("seek 9", call(0x0A, handle, 9, 0, 0));
    say("seek 4", call(0x0A, handle, 4, 0, 0));
    say("read 10", read(handle, 10));
    print("%x\n", buffer[0]);
    say("at the end", read(handle, 10));
    say("write", write(handle, "text"));
    say("istty", call(0x09, handle, 0, 0, 0));
    say("close", call(0x02, handle, 0, 0, 0));
    say("close again", call(0x02, handle, 0, 0, 0));
}

static void streams(void)
{
    int in = open(":tt", 0), out = open(":tt", 4), error = open(":tt", 8);
    print("handles %d %d %d\n", in, out, error);
    say("mode 12", open(":tt", 12));
    say("istty", call(0x09, out, 0, 0, 0));
    say("seek", call(0x0A, out, 0, 0, 0));
    say("write out", write(out, "out\n"));
    say("write error", write(error, "error\n"));
    say("write in", write(in, "in\n"));
    say("write nowhere", write(77, "x"));
    say("write from nowhere", call(0x05, out, 0xF0000000, 2, 0));
    say("read nowhere", call(0x06, 77, (uint32_t)buffer, 2, 0));
    say("istty of none", call(0x09, 77, 0, 0, 0));
    say("seek of none", call(0x0A, 77, 0, 0, 0));
    say("flen of none", call(0x0C, 77, 0, 0, 0));
    say("block nowhere", semihost(0x09, (void *)0xF0000000));
    say("writec", semihost(0x03, "Q"));
    say("write0", semihost(0x04, "zero\n"));
    say("iserror 0", call(0x08, 0, 0, 0, 0));
    say("iserror -1", call(0x08, (uint32_t)-1, 0, 0, 0));
}

static void surroundings(void)
{
    uint32_t line[2] = {(uint32_t)buffer, 1}, heap[4], *block = heap, time[2] = {1, 1};
    say("command line, no room", semihost(0x15, line));
    print("heap %x: %x %x %x %x\n", semihost(0x16, &block), heap[0], heap[1], heap[2], heap[3]);
    say("tickfreq", semihost(0x31, 0));
    say("elapsed", semihost(0x30, time));
    say("tmpnam, no room", call(0x0D, (uint32_t)buffer, 3, 2, 0));
    say("tmpnam", call(0x0D, (uint32_t)buffer, 3, sizeof buffer, 0));
}

static void files(void)
{
    say("missing", open("missing", 0));
    say("remove missing", call(0x0E, (uint32_t)"missing", 7, 0, 0));
    say("rename missing", call(0x0F, (uint32_t)"missing", 7, (uint32_t)"x", 1));
    say("no zero byte", call(0x0E, (uint32_t)"missing", 3, 0, 0));
    int file = open("new", 4);
    say("create", file);
    say("write", write(file, "12345"));
    say("flen", call(0x0C, file, 0, 0, 0));
    say("seek past", call(0x0A, file, 10, 0, 0));
    say("write there", write(file, "6"));
    say("flen", call(0x0C, file, 0, 0, 0));
    say("read", read(file, 2));
    say("close", call(0x02, file, 0, 0, 0));
    file = open("new", 3);
    say("update", write(file, "AB"));
    say("read on", read(file, 20));
    print("%x %x %x %x\n", buffer[0], buffer[2], buffer[3], buffer[8]);
    say("close", call(0x02, file, 0, 0, 0));
    file = open("new", 0);
    say("read", read(file, 4));
    print("%x %x\n", buffer[0], buffer[2]);
    say("write", write(file, "x"));
    say("close", call(0x02, file, 0, 0, 0));
    file = open("new", 8);
    say("append", write(file, "end"));
    say("flen", call(0x0C, file, 0, 0, 0));
    say("close", call(0x02, file, 0, 0, 0));
    say("rename", call(0x0F, (uint32_t)"new", 3, (uint32_t)"newer", 5));
    say("remove", call(0x0E, (uint32_t)"newer", 5, 0, 0));
    say("name too long", call(0x0E, (uint32_t)"missing", 0x7FFFFFFF, 0, 0));
    say("directory", open(".", 0) > 0);
    say("system", call(0x12, (uint32_t)"true", 4, 0, 0));
}

int main(void)
{
    say("at first", 0);
    streams();
    features();
    surroundings();
    files();
    return 9;
}
