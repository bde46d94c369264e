/* confstr(): there is no environment to compile in, and no path to find utilities on. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

size_t confstr(int name, char *buffer, size_t size)
{
  static const char text[] = "unsupported programming environment";

  if (name <= _CS_PATH || name > _CS_V7_ENV) {
    errno = EINVAL;
    return 0;
  }
  if (size != 0 && buffer != NULL) {
    strlcpy(buffer, text, size);
  }
  return sizeof(text);
}
