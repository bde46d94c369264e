"""Breakpoints, watchpoints and the like: what ends a machine's runs, or is asked in them, set between two of them.

Where they are is kept in the engine's points (debug_points.py); this is how the machine is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.engine.debug_points import Watch, WatchedAccess
from emulator.engine.engine import Engine
from emulator.machine.engine_stops import EngineStops
from emulator.machine.run_state import RunState


class Breakpoints:
    """The points of a machine that ``engine`` runs."""

    engine: Engine
    _state: RunState
    _stops: EngineStops

    @property
    def stops_at_faults(self) -> bool:
        """Whether runs end in front of faults of instructions and traps, with AtFault. Off, as without a debugger."""
        return self.engine.points.stops_at_faults

    @stops_at_faults.setter
    def stops_at_faults(self, value: bool) -> None:
        self.engine.points.stops_at_faults = value

    def set_breakpoint(self, address: int) -> None:
        """End runs in front of the instruction at ``address`` with a Breakpoint; see debug_points.py."""
        self.engine.points.breakpoints.add(address & ~1)
        self.points_changed()

    def clear_breakpoint(self, address: int) -> None:
        """Undo ``set_breakpoint``; harmless where none is."""
        self.engine.points.breakpoints.discard(address & ~1)
        self.points_changed()

    def watch(self, address: int, size: int, *, reads: bool = False, writes: bool = True, others: bool = True) -> None:
        """End runs in front of accesses to ``size`` bytes at ``address`` with a Watchpoint.

        ``others``: behind stores that no instruction makes, with MemoryStored. Raises ValueError for no bytes and for
        the Private Peripheral Bus.
        """
        self.engine.points.add_watch(Watch(address, size, reads, writes, others))
        self.points_changed()

    def check_watch(self, address: int, size: int) -> None:
        """Raise ValueError where ``watch`` would."""
        self.engine.points.check_watch(address, size)

    def clear_watches(self) -> None:
        """Undo every ``watch``."""
        self.engine.points.watches.clear()
        self.points_changed()

    @property
    def passed_access(self) -> WatchedAccess | None:
        """The watched access that the instruction made which the last run or step began with, None without one."""
        return self.engine.points.passed

    def ask_at(self, addresses: Iterable[int], ask: Callable[[], bool], forget: Callable[[], None]) -> None:
        """Call ``ask`` in front of the instruction at each of ``addresses``, whoever runs the machine, and how.

        It may do something else in its place by registers and memory, and answers whether it did: that takes the time
        of one instruction, and the run goes on where the PC is. No run ends there. ``forget`` hears of resets.
        """
        self.engine.points.entries = frozenset(address & ~1 for address in addresses)
        self._stops.on_entry, self._stops.on_reset = ask, forget
        self.points_changed()

    def points_changed(self) -> None:
        """``engine.points`` has others than before."""
        self.engine.points_changed()
        self._state.stale = True
