"""What a view or a personality may ask of the guest, as protocols: memory with an explicit subject, and time.

Whoever touches guest memory says on whose behalf. ``GuestMemory`` has two kinds of access:

* ``peek``/``poke``: as the debugger or the loader. No MPU, no side effects, no devices. They raise
  ``GuestAccessError`` where there is no memory.
* ``load``/``store``: as the guest, with its privilege and through the MPU as it stands now. They return a
  ``Fault`` instead of doing a refused access.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.faults import Fault


class GuestMemory(Protocol):
    """Guest memory, little-endian, addressed in bytes."""

    def peek(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes at ``address``, as the debugger sees them."""

    def poke(self, address: int, data: bytes) -> None:
        """Store ``data`` at ``address`` as the debugger."""

    def load(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        """Return ``size`` bytes as a guest load of that privilege gets them, or the Fault that refuses it."""

    def store(self, address: int, data: bytes, privileged: bool) -> Fault | None:
        """Store ``data`` as a guest store of that privilege, or return the Fault that refuses it (nothing stored)."""


class Timer(Protocol):
    """A scheduled call."""

    def cancel(self) -> None:
        """Forget the call; harmless when it has run."""


class Clock(Protocol):
    """Virtual time: the number of instructions executed since the start of the run. Never the host's clock."""

    @property
    def now(self) -> int:
        """Instructions executed so far; exact inside device callbacks too."""

    def call_at(self, time: int, callback: Callable[[], None], wakes: bool = True) -> Timer:
        """Call ``callback`` at the first block boundary at or after ``time``; equal times run in call order."""
