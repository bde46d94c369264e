"""The ELF note that says an image carries the shim: owner, type, and a little-endian word with the ABI's version.

A module of its own, because whoever asks whether a program wants the kernel does not want it yet.
"""

NOTE_OWNER = "v7m-rtems"
NOTE_TYPE = 1
ABI_VERSION = 5
