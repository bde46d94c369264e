/* realpath(): a path from the root without links, dots and repeated slashes. */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 32

/* Where the resolution stands: `done` is final, `rest` is still to be walked. */
struct walk {
  char done[PATH_MAX];
  char rest[PATH_MAX];
  int links;
};

static bool fail(int error)
{
  errno = error;
  return false;
}

static bool append(char *path, const char *name)
{
  size_t length = strlen(path);

  if (length + 1 + strlen(name) >= PATH_MAX) {
    return fail(ENAMETOOLONG);
  }
  if (length == 0 || path[length - 1] != '/') {
    strcat(path, "/");
  }
  strcat(path, name);
  return true;
}

static void go_up(char *path)
{
  char *last = strrchr(path, '/');

  last[last == path ? 1 : 0] = '\0';
}

/* The link that `done` ends with is walked in its place. */
static bool follow(struct walk *walk)
{
  char target[PATH_MAX];
  ssize_t size = readlink(walk->done, target, sizeof(target) - 1);

  if (size < 0) {
    return false;
  }
  if (++walk->links > MOST_LINKS) {
    return fail(ELOOP);
  }
  target[size] = '\0';
  if (walk->rest[0] != '\0' && !append(target, walk->rest)) {
    return false;
  }
  strcpy(walk->rest, target);
  go_up(walk->done);
  if (target[0] == '/') {
    strcpy(walk->done, "/");
  }
  return true;
}

/* Take the next name off `rest`; false at its end. */
static bool next_name(struct walk *walk, char *name)
{
  size_t skipped = strspn(walk->rest, "/"), length = strcspn(walk->rest + skipped, "/");

  memcpy(name, walk->rest + skipped, length);
  name[length] = '\0';
  memmove(walk->rest, walk->rest + skipped + length, strlen(walk->rest + skipped + length) + 1);
  return length > 0;
}

static bool resolve(struct walk *walk)
{
  char name[PATH_MAX];
  struct stat status;

  while (next_name(walk, name)) {
    if (lstat(walk->done, &status) < 0) {
      return false;
    }
    if (!S_ISDIR(status.st_mode)) {
      return fail(ENOTDIR);
    }
    if (strcmp(name, "..") == 0) {
      go_up(walk->done);
    } else if (strcmp(name, ".") != 0) {
      if (!append(walk->done, name) || lstat(walk->done, &status) < 0) {
        return false;
      }
      if (S_ISLNK(status.st_mode) && !follow(walk)) {
        return false;
      }
    }
  }
  return true;
}

/* Without a place for the result it is in the heap, and the caller's to free. */
char *realpath(const char *restrict path, char *restrict resolved)
{
  struct walk *walk;
  char *found = NULL;

  if (path == NULL) {
    errno = EINVAL;
    return NULL;
  }
  if (path[0] == '\0' || strlen(path) >= PATH_MAX) {
    errno = path[0] == '\0' ? ENOENT : ENAMETOOLONG;
    return NULL;
  }
  walk = calloc(1, sizeof(*walk)); /* too large for the smallest stacks */
  if (walk == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  strcpy(walk->rest, path);
  strcpy(walk->done, "/");
  if ((path[0] == '/' || getcwd(walk->done, sizeof(walk->done)) != NULL) && resolve(walk)) {
    found = resolved != NULL ? strcpy(resolved, walk->done) : strdup(walk->done);
  }
  free(walk);
  return found;
}
