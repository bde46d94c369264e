/* Users and groups: /etc/passwd and /etc/group, which are made with root alone when somebody asks first. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define BUFFER_SIZE 500 /* of the calls without one of the caller's */

/* A place for the strings of one entry. */
struct space {
  char *next;
  size_t left;
};

/* Only root reads and writes them. */
static void make_file(const char *path, const char *text)
{
  int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, S_IRUSR | S_IWUSR);

  if (fd >= 0) {
    (void) write(fd, text, strlen(text));
    close(fd);
  }
}

static FILE *open_file(const char *path)
{
  static bool made;
  int saved_errno = errno;

  if (!made) {
    made = true;
    mkdir("/etc", S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH);
    make_file(PASSWD, "root::0:0::::\n");
    make_file(GROUP, "root::0:\n");
  }
  errno = saved_errno;
  return fopen(path, "r");
}

/* One field, up to a colon, or up to the end of the line where it is the last. False: the entry is no entry. */
static bool read_string(FILE *file, struct space *space, char **field, bool last)
{
  int end = last ? '\n' : ':', character;

  *field = space->next;
  while ((character = getc(file)) != end) {
    if (character == EOF || (character == '\n' && !last) || space->left < 2) {
      return false;
    }
    *space->next++ = (char) character;
    --space->left;
  }
  if (space->left == 0) {
    return false;
  }
  *space->next++ = '\0';
  --space->left;
  return true;
}

static bool read_number(FILE *file, int *number)
{
  unsigned value = 0, limit = INT_MAX;
  int character = getc(file), sign = 1;
  bool any = false;

  if (character == '-' || character == '+') {
    sign = character == '-' ? -1 : 1;
    limit = character == '-' ? (unsigned) INT_MAX + 1U : limit;
    character = getc(file);
  }
  for (; character >= '0' && character <= '9'; character = getc(file)) {
    unsigned digit = (unsigned) (character - '0');

    if (value > (limit - digit) / 10U) {
      return false;
    }
    value = value * 10U + digit;
    any = true;
  }
  *number = (int) (sign < 0 ? -value : value);
  return any && character == ':';
}

static bool read_user(FILE *file, struct passwd *entry, struct space space)
{
  int user, group;

  if (
    !read_string(file, &space, &entry->pw_name, false) || !read_string(file, &space, &entry->pw_passwd, false) ||
    !read_number(file, &user) || !read_number(file, &group) ||
    !read_string(file, &space, &entry->pw_comment, false) || !read_string(file, &space, &entry->pw_gecos, false) ||
    !read_string(file, &space, &entry->pw_dir, false) || !read_string(file, &space, &entry->pw_shell, true)
  ) {
    return false;
  }
  entry->pw_uid = (uid_t) user;
  entry->pw_gid = (gid_t) group;
  return true;
}

/* The members are cut at their commas; their addresses follow them. */
static bool read_members(char *names, struct group *entry, struct space *space)
{
  size_t padding = -(uintptr_t) space->next % sizeof(char *), count = 0, index;
  char *name = names;

  for (; *name != '\0'; name = name[strcspn(name, ",")] == '\0' ? name + strlen(name) : strchr(name, ',') + 1) {
    ++count;
  }
  if (space->left < padding + (count + 1) * sizeof(char *)) {
    return false;
  }
  entry->gr_mem = (char **) (void *) (space->next + padding);
  for (name = names, index = 0; index < count; ++index) {
    entry->gr_mem[index] = name;
    name += strcspn(name, ",");
    if (*name != '\0') {
      *name++ = '\0';
    }
  }
  entry->gr_mem[count] = NULL;
  return true;
}

static bool read_group(FILE *file, struct group *entry, struct space space)
{
  char *members;
  int group;

  if (
    !read_string(file, &space, &entry->gr_name, false) || !read_string(file, &space, &entry->gr_passwd, false) ||
    !read_number(file, &group) || !read_string(file, &space, &members, true)
  ) {
    return false;
  }
  entry->gr_gid = (gid_t) group;
  return read_members(members, entry, &space);
}

/* By name, or where that is NULL by number. An entry that is none, and the end of the file, is EINVAL, as on RTEMS. */

static int find_user(const char *name, uid_t user, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
  FILE *file = open_file(PASSWD);

  *found = NULL;
  if (file == NULL) {
    return errno = EINVAL;
  }
  while (read_user(file, entry, (struct space) { buffer, size })) {
    if (name != NULL ? strcmp(name, entry->pw_name) == 0 : user == entry->pw_uid) {
      *found = entry;
      break;
    }
  }
  fclose(file);
  return *found != NULL ? 0 : (errno = EINVAL);
}

static int find_group(const char *name, gid_t group, struct group *entry, char *buffer, size_t size, struct group **found)
{
  FILE *file = open_file(GROUP);

  *found = NULL;
  if (file == NULL) {
    return errno = EINVAL;
  }
  while (read_group(file, entry, (struct space) { buffer, size })) {
    if (name != NULL ? strcmp(name, entry->gr_name) == 0 : group == entry->gr_gid) {
      *found = entry;
      break;
    }
  }
  fclose(file);
  return *found != NULL ? 0 : (errno = EINVAL);
}

int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
  return find_user(name, 0, entry, buffer, size, found);
}

int getpwuid_r(uid_t user, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
  return find_user(NULL, user, entry, buffer, size, found);
}

int getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size, struct group **found)
{
  return find_group(name, 0, entry, buffer, size, found);
}

int getgrgid_r(gid_t group, struct group *entry, char *buffer, size_t size, struct group **found)
{
  return find_group(NULL, group, entry, buffer, size, found);
}

static bool has_member(const struct group *group, const char *name)
{
  char **member;

  for (member = group->gr_mem; *member != NULL; ++member) {
    if (strcmp(*member, name) == 0) {
      return true;
    }
  }
  return false;
}

/* Those of which the user of this process is a member, but for the user's own. */
int getgroups(int size, gid_t list[])
{
  char user_text[BUFFER_SIZE], group_text[BUFFER_SIZE];
  struct passwd user, *found;
  struct group group;
  FILE *file;
  int count = 0;

  if (find_user(NULL, getuid(), &user, user_text, sizeof(user_text), &found) != 0) {
    return -1;
  }
  file = open_file(GROUP);
  if (file == NULL) {
    return 0;
  }
  while (read_group(file, &group, (struct space) { group_text, sizeof(group_text) })) {
    if (group.gr_gid != user.pw_gid && has_member(&group, user.pw_name)) {
      if (count < size) {
        list[count] = group.gr_gid;
      }
      ++count;
    }
  }
  fclose(file);
  if (size != 0 && count > size) {
    errno = EINVAL;
    return -1;
  }
  return count;
}

/* As on RTEMS it succeeds, and nothing changes: groups are those of the database. */
int setgroups(int size, const gid_t *list)
{
  (void) size;
  (void) list;
  return 0;
}

static struct passwd user_entry;
static struct group group_entry;
static char user_buffer[BUFFER_SIZE], group_buffer[BUFFER_SIZE];
static FILE *users, *groups;

struct passwd *getpwnam(const char *name)
{
  struct passwd *found;

  find_user(name, 0, &user_entry, user_buffer, sizeof(user_buffer), &found);
  return found;
}

struct passwd *getpwuid(uid_t user)
{
  struct passwd *found;

  find_user(NULL, user, &user_entry, user_buffer, sizeof(user_buffer), &found);
  return found;
}

struct group *getgrnam(const char *name)
{
  struct group *found;

  find_group(name, 0, &group_entry, group_buffer, sizeof(group_buffer), &found);
  return found;
}

struct group *getgrgid(gid_t group)
{
  struct group *found;

  find_group(NULL, group, &group_entry, group_buffer, sizeof(group_buffer), &found);
  return found;
}

/* One after the other; without a set...() before there are none, as on RTEMS. */

static void close_file(FILE **file)
{
  if (*file != NULL) {
    fclose(*file);
    *file = NULL;
  }
}

void setpwent(void)
{
  close_file(&users);
  users = open_file(PASSWD);
}

void endpwent(void)
{
  close_file(&users);
}

struct passwd *getpwent(void)
{
  struct space space = { user_buffer, sizeof(user_buffer) };

  return users != NULL && read_user(users, &user_entry, space) ? &user_entry : NULL;
}

void setgrent(void)
{
  close_file(&groups);
  groups = open_file(GROUP);
}

void endgrent(void)
{
  close_file(&groups);
}

struct group *getgrent(void)
{
  struct space space = { group_buffer, sizeof(group_buffer) };

  return groups != NULL && read_group(groups, &group_entry, space) ? &group_entry : NULL;
}

/* Login */

int getlogin_r(char *name, size_t size)
{
  struct passwd *entry;

  if (name == NULL) {
    return EFAULT;
  }
  if (size < LOGIN_NAME_MAX) {
    return ERANGE;
  }
  entry = getpwuid(getuid());
  strlcpy(name, entry != NULL ? entry->pw_name : "", size);
  return 0;
}

char *getlogin(void)
{
  static char name[LOGIN_NAME_MAX];

  (void) getlogin_r(name, sizeof(name));
  return name;
}
