"""The calls of a guest's own kernel that might have let a thread go on which waits at the end: who made the last ones.

Its functions are stopped at by their names while the second run comes to its end. State: the calls so far.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay
from emulator.machine.story import ThreadState
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

MOST_STOPS = 20_000
"""Calls that are looked at: of a program that makes more of them nothing is said."""
MOST_TOLD = 4
LATE = 4
"""In the last of so many parts of a run a call says that the thread waits as it always did."""


class WakingCalls:
    """The last call of each of the functions ``names`` that the image of ``replay`` has, by what it was about."""

    def __init__(self, replay: Replay, names: Sequence[str]) -> None:
        symbols = replay.machine.image.symbols.by_name
        self._replay = replay
        self._functions = {symbols[name].address & ~1: name for name in names if name in symbols}
        self._last: dict[int, dict[str, Position]] = {}
        self._stops = 0
        for address in self._functions:
            replay.machine.set_breakpoint(address)

    def note(self) -> None:
        """Note the call in front of which the run has stopped."""
        here = self._replay.here()
        name = self._functions.get(here.pc & ~1)
        if name is not None:
            self._last.setdefault(here.registers[0], {})[name] = here.position
        self._stops += 1
        if self._stops == MOST_STOPS:
            self.end()

    def end(self) -> None:
        """Stop no more."""
        self._replay.machine.engine.points.breakpoints.clear()
        self._replay.machine.points_changed()

    def tell(self, steps: list[WhyStep], end: Position) -> None:
        """Say of each thread that waits at ``end``, where the replay is, who called last for it, or that nobody did.

        Not of one that waits for what another one has, nor where such calls were still made late in the run.
        """
        if not self._functions or self._stops >= MOST_STOPS or self._replay.story is None:
            return
        waiting = [one for one in self._replay.story.threads() if one.wait_key is not None and one.owner_word is None]
        for thread in waiting[:MOST_TOLD]:
            assert thread.wait_key is not None
            calls = self._last.get(thread.wait_key, {})
            if any(end.executed - position.executed < end.executed // LATE for position in calls.values()):
                continue
            if not calls:
                names = ", ".join(f"{name}()" for name in self._functions.values())
                text = f"{thread.name} {thread.state}: nothing has called {names} for that"
                steps.append(WhyStep("memory", text, self._replay.machine.clock.now, thread=thread.name))
            for name in sorted(calls, key=calls.__getitem__)[-2:]:
                steps.append(self._called(thread, name, calls[name]))
        self._replay.traveller.goto(end)

    def _called(self, thread: ThreadState, name: str, position: Position) -> WhyStep:
        self._replay.traveller.goto(position)
        where, now = where_is(self._replay), self._replay.machine.clock.now
        is_own = where.place.startswith(f"{name} (") and bool(where.outer)  # its source looks like the program's
        who = where.outer if is_own else where.owner
        call = f"{name}() was called for that last by {who} at {now:,} in {where.thread}"
        text = f"{thread.name} {thread.state}: {call}"
        return WhyStep("memory", text, now, self._replay.here().pc, where.place, where.caller, where.thread)
