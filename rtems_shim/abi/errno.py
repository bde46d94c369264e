"""Error numbers as the guest's C library (newlib) counts them, never the host's, which differ from 35 up."""

from __future__ import annotations

EPERM = 1
ENOENT = 2
ESRCH = 3
EINTR = 4
EIO = 5
ENXIO = 6
EBADF = 9
EAGAIN = 11
ENOMEM = 12
EACCES = 13
EFAULT = 14
EBUSY = 16
EEXIST = 17
EXDEV = 18
ENODEV = 19
ENOTDIR = 20
EISDIR = 21
EINVAL = 22
ENFILE = 23
EMFILE = 24
ENOTTY = 25
EFBIG = 27
ENOSPC = 28
ESPIPE = 29
EROFS = 30
EMLINK = 31
EPIPE = 32
ERANGE = 34
EDEADLK = 45
EPROTO = 71
ENOSYS = 88
ENOTEMPTY = 90
ENAMETOOLONG = 91
ELOOP = 92
ETIMEDOUT = 116
EMSGSIZE = 122
ENOTSUP = 134
EOVERFLOW = 139

NAMES: dict[int, str] = {
    number: name for name, number in sorted(globals().items()) if name.startswith("E") and isinstance(number, int)
}
"""Error number -> name, for reports."""
