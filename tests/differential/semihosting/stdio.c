/* The C library over semihosting: newlib's rdimon and picolibc build the same program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void say(const char *what, int value)
{
    printf("%s: %d\n", what, value);
}

int main(int argc, char **argv)
{
    char line[64];
    FILE *file;

    printf("arguments: %d\n", argc > 1 ? argc - 1 : 0);
    for (int i = 1; i < argc; i++)
        printf("  %s\n", argv[i]);
#ifdef READS_INPUT /* QEMU 7.2 does not return from the SYS_READC that picolibc makes */
    do {
        printf("in: %s", fgets(line, sizeof line, stdin));
    } while (strcmp(line, "end\n"));
#endif
    fprintf(stderr, "to stderr\n");

    file = fopen("notes.txt", "w");
    if (!file) {
        say("no files, errno", errno);
        return 7;
    }
    for (int i = 0; i < 100; i++)
        fprintf(file, "line %d of the file\n", i);
    say("close", fclose(file));

    file = fopen("notes.txt", "r");
    say("seek", fseek(file, 18 * 10, SEEK_SET));
    printf("read: %s", fgets(line, sizeof line, file));
    say("to the end", fseek(file, 0, SEEK_END));
    say("length", (int)ftell(file));
    fclose(file);

    file = fopen("notes.txt", "r+");
    fseek(file, 5, SEEK_SET);
    fputs("XXXXX", file);
    fclose(file);
    file = fopen("notes.txt", "rb");
    printf("changed: %s", fgets(line, sizeof line, file));
    fclose(file);

    say("missing", fopen("missing", "r") != NULL);
    say("errno is ENOENT", errno == ENOENT);
    say("remove", remove("notes.txt"));
    say("gone", fopen("notes.txt", "r") == NULL);
    char *block = malloc(100000);
    memset(block, 1, 100000);
    say("heap", block != NULL && block[99999]);
    free(block);
    say("time runs", time(NULL) > 900000000);
    exit(42);
}
