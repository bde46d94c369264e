"""What a run of one program leaves behind, whoever ran it: QEMU or this emulator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuestRun:
    """``console`` holds the bytes of the UARTs and of semihosting in the order the guest wrote them.

    ``exit_code`` is what the guest passed to SYS_EXIT_EXTENDED, None when it did not end by itself. ``lockup`` says
    that the core locked up; ``detail`` is the runner's own words about the end, for the message of a failed test.
    """

    console: bytes
    exit_code: int | None
    lockup: bool = False
    detail: str = ""

    @property
    def lines(self) -> list[str]:
        """The console as text lines; a byte that is not ASCII shows as an escape."""
        return self.console.decode("ascii", "backslashreplace").splitlines()
