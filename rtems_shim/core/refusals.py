"""Calls that failed, for reports: a program that does not look at a result often ends of it much later.

Kept while a run goes on, at most MOST_KINDS of them: the first of each call, place and error, and how many there were.
What says only that something is not there yet, or that time has passed, is no failure; of those the last one is kept.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.calls import Call
from rtems_shim.abi.results import error_name
from rtems_shim.core.uses import Use, use_now

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

MOST_KINDS = 64
EXPECTED = frozenset(
    (
        *("EAGAIN", "EBUSY", "EINTR", "ETIMEDOUT", "READ_AGAIN", "DEVICE_CALL", "NEEDS_ROOM"),
        *("RTEMS_UNSATISFIED", "RTEMS_TIMEOUT"),
    )
)


class Refusal:
    """The first ``use`` of its kind, the name of the ``error``, and the ``count`` of them.

    ``has_waited``: its caller had blocked before. ``argument``: what the call was given first, 0 of one that has.
    """

    __slots__ = ("argument", "count", "error", "has_waited", "use")

    def __init__(self, use: Use, error: str) -> None:
        self.use = use
        self.error = error
        self.count = 0
        self.has_waited = False
        self.argument = 0


class Refusals:
    """The calls of one kernel that failed, in the order of the first of each kind."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, int], Refusal] = {}
        self._expected: dict[tuple[int, int], str] = {}
        self.expected: Refusal | None = None
        """The last call whose answer said that something is not there yet: its result may be used all the same."""

    def all(self) -> list[Refusal]:
        """Return them."""
        return list(self._found.values())

    def note_woken(self, use: Use, result: int, now: int) -> None:
        """The call ``use``, which has waited, ends with ``result``, which is not zero."""
        error = error_name(use.call, result)
        if error is None:
            return
        if error in EXPECTED:
            self.expected = Refusal(use.again(now), error)
            self.expected.count, self.expected.has_waited = 1, True
            return
        key = (use.pc, use.call.number, result)
        found = self._found.get(key)
        if found is None and len(self._found) < MOST_KINDS:
            found = self._found[key] = Refusal(use.again(now), error)
        if found is not None:
            found.count += 1

    def note(self, kernel: Kernel, call: Call, result: int) -> None:
        """``call`` has answered ``result``, which is not zero."""
        kind = call.number, result
        soft = self._expected.get(kind)
        if soft is not None:
            self._expect(kernel, soft)
            return
        key = (kernel.port.registers.lr, *kind)
        found = self._found.get(key)
        if found is None:
            error = error_name(call, result)
            if error is None or error in EXPECTED:
                if len(self._expected) < MOST_KINDS:
                    self._expected[kind] = error or ""
                self._expect(kernel, error or "")
                return
            if len(self._found) >= MOST_KINDS:
                return
            found = self._found[key] = Refusal(use_now(kernel, keeps_stack=True), error)
            found.argument = kernel.port.registers.r[0]
        found.count += 1

    def _expect(self, kernel: Kernel, error: str) -> None:
        if error:
            self.expected = Refusal(use_now(kernel), error)
            self.expected.count = 1
