"""Host trouble as one exception tree. Guest faults are values (armv7m.faults), ends of a run are StopReason.

Libraries raise these; only cli/ turns them into a line on stderr and an exit code.
"""

from __future__ import annotations


class EmulatorError(Exception):
    """Any error this package raises on purpose. The message is one line that names the thing and the remedy."""


class ConfigError(EmulatorError):
    """The caller asked for something that cannot be: an unknown board, a bad option, an unwritable file."""


class ImageError(EmulatorError):
    """The caller gave a program that cannot be loaded: not an ELF, not for this architecture, outside memory."""


class NotModelled(EmulatorError):
    """The guest needs something this project knows it does not model; the message says what."""


class GuestAccessError(EmulatorError):
    """The host asked for guest memory that is not there (a debugger's or a report's access, never the guest's)."""


class InternalError(EmulatorError):
    """A bug of this project."""
