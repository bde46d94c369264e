"""The breakpoints and watchpoints that a front end has set, and the machine's, which follow when it runs.

Front ends take all of theirs out at each stop and put them back before they go on. So the machine, which must decode
its code anew after a change, hears of differences only, and only when it is about to run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from emulator.engine.debug_points import Watch, WatchedAccess
from emulator.machine.machine import Machine

WRITE, READ, ACCESS = "write", "read", "access"
GUARD = "guard"
"""Accesses by instructions alone: what the kernel does for a thread, it tells itself."""


class Points:
    """The points of a debugger on ``machine``."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.breakpoints: Counter[int] = Counter()
        """How often each address was asked for: front ends may set two at one place."""
        self.watches: Counter[tuple[str, int, int]] = Counter()
        """The same for (kind, address, size)."""
        self._set: set[int] = set()
        self._watched: list[tuple[str, int, int]] = []

    def add_breakpoint(self, address: int) -> None:
        """Stop in front of the instruction at ``address``."""
        self.breakpoints[address & ~1] += 1

    def remove_breakpoint(self, address: int) -> None:
        """Undo one ``add_breakpoint``."""
        _take(self.breakpoints, address & ~1)

    def add_watch(self, kind: str, address: int, size: int) -> None:
        """Stop behind accesses of that kind. ValueError for what cannot be watched."""
        self._machine.check_watch(address, size)
        self.watches[kind, address, size] += 1

    def remove_watch(self, kind: str, address: int, size: int) -> None:
        """Undo one ``add_watch``."""
        _take(self.watches, (kind, address, size))

    def clear(self) -> None:
        """Forget all."""
        self.breakpoints.clear()
        self.watches.clear()

    def apply(self, also: int | None = None, guarded: Iterable[tuple[int, int]] = ()) -> None:
        """Let the machine have them, a breakpoint at ``also``, and watch (address, size) that are ``guarded``."""
        wanted = set(self.breakpoints) | (set() if also is None else {also})
        for address in sorted(self._set - wanted):
            self._machine.clear_breakpoint(address)
        for address in sorted(wanted - self._set):
            self._machine.set_breakpoint(address)
        self._set = wanted
        watches = sorted([*self.watches, *((GUARD, *place) for place in guarded)])
        if watches != self._watched:
            self._machine.clear_watches()
            for kind, address, size in watches:
                self._machine.watch(address, size, reads=kind != WRITE, writes=kind != READ, others=kind != GUARD)
            self._watched = watches

    def hit(self, made: WatchedAccess) -> tuple[str, int] | None:
        """Return the kind of the watchpoint that an access hit, and the first watched byte of it; None: no one's."""
        for kind, address, size in sorted(self.watches):
            watch = Watch(address, size, kind != WRITE, kind != READ)
            if watch.is_hit(made.address, made.size, made.access):
                return kind, max(address, made.address)
        return None


def _take(counter: Counter, key: object) -> None:  # type: ignore[type-arg]
    if counter[key] > 1:
        counter[key] -= 1
    else:
        del counter[key]
