"""The moment at which the guest's kernel goes from one thread to another, by the word that names the running one.

A store that changes the word is noticed at the first block boundary behind it [D-144], as everything is that happens
beside the program; only memory is looked at, so that the run is the one that nobody watches. With the
C half native/switches.c looks, else this module does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.armv7m.instructions import Kind
from emulator.engine import shared_state
from emulator.engine.blocks import BlockClock
from emulator.engine.engine_run import EngineRun
from emulator.engine.shared_state import State

_NO_WORD = (1 << 64) - 1
_KEPT = ("seen", "is_closed", "unchanged", "thread", "outgoing", "time", "count")
"""What going back in the run brings back."""


class Switch(NamedTuple):
    """The last switch: at virtual ``time``, from one value of the word to another; 0 is no thread."""

    time: int
    outgoing: int
    heir: int


class SwitchWatch:
    """Watches the word at the address ``word`` of this process, which counts once the one at ``gate`` is not zero.

    When the gate has opened, it is looked at again where the word changes, only.

    Those who ``hear`` are told of each switch when it is noticed, in the middle of the run.
    """

    def __init__(self, word: int, gate: int | None, clock: BlockClock, run: EngineRun, shared: State) -> None:
        self._clock = clock
        self._run = run
        self._shared = shared
        self._open = ctypes.c_uint32(1)
        self._word = ctypes.c_uint32.from_address(word)
        self._gate = self._open if gate is None else ctypes.c_uint32.from_address(gate)
        self._hearers: list[Callable[[Switch], None]] = []
        self._tell = ctypes.CFUNCTYPE(None)(run.guarded(self._tell_all))
        self._follow: Callable[[], None] | None = None
        self._told_first: object = None
        self._within: tuple[int, int] | None = None
        """The block, and its time, at which there was no boundary last."""
        self._watch = shared_state.SwitchWatch(
            watched=ctypes.addressof(shared), word=ctypes.addressof(self._word), gate=ctypes.addressof(self._gate),
            tell=ctypes.cast(self._tell, ctypes.c_void_p),
        )  # fmt: skip
        self.begin()

    @property
    def address(self) -> int:
        """What C gets."""
        return ctypes.addressof(self._watch)

    @property
    def last(self) -> Switch:
        """The last switch; all zeros before the first."""
        watch = self._watch
        return Switch(watch.time, watch.outgoing, watch.thread)

    @property
    def count(self) -> int:
        """How many switches there were."""
        count: int = self._watch.count
        return count

    def hear(self, on_switch: Callable[[Switch], None]) -> None:
        """Let ``on_switch`` hear of each switch from now on, after those who hear of it already."""
        self._hearers.append(on_switch)
        self._watch.is_told = True

    def follow_by(self, follow: Callable[[], None]) -> None:
        """Let ``follow`` hear of each switch before anybody else, but for those that the C half follows itself."""
        self._follow = follow
        self._told_first = told = ctypes.CFUNCTYPE(None)(self._run.guarded(follow))
        self._watch.follow = ctypes.cast(told, ctypes.c_void_p)

    def _tell_all(self) -> None:
        for hear in self._hearers:
            hear(self.last)

    def begin(self) -> None:
        """The run begins, with memory as it is."""
        watch = self._watch
        self._see(self._word.value)
        watch.thread = 0 if watch.is_closed else watch.seen
        watch.time = watch.outgoing = watch.count = 0

    def _see(self, word: int) -> None:
        """Note what the word is now, and whether it counts."""
        watch = self._watch
        watch.seen, watch.is_closed = word, not self._gate.value
        watch.unchanged = _NO_WORD if watch.is_closed else word

    def save(self) -> tuple[int, ...]:
        """Return what ``restore`` takes."""
        return tuple(getattr(self._watch, name) for name in _KEPT)

    def restore(self, saved: tuple[int, ...]) -> None:
        """Return to the moment of ``save``, as memory does."""
        for name, value in zip(_KEPT, saved, strict=True):
            setattr(self._watch, name, value)

    def chain(self, hook: int, data: int) -> None:
        """Let the native hook on blocks at ``hook`` be called next; 0 for the plain one."""
        self._watch.next, self._watch.next_data = hook or None, data

    def look(self, address: int) -> None:
        """A block begins at ``address``: notice a switch, if the one before it has ended at a boundary."""
        watch, word = self._watch, self._word.value
        if word == watch.seen and not watch.is_closed:
            return
        before = self._clock.current
        if before is None:
            is_boundary, count = not self._shared.within_block, 0
        else:
            is_boundary = not before.kinds & Kind.CUT or address != before.address + before.size & 0xFFFF_FFFF
            count = before.count
        moment = address, self._clock.executed + count
        if not is_boundary or moment == self._within:  # there again, for a block that was translated anew
            self._within = moment
            return
        self._see(word)
        thread = 0 if watch.is_closed else word
        if thread != watch.thread:
            watch.time = moment[1] + self._shared.skipped
            watch.outgoing, watch.thread = watch.thread, thread
            watch.count += 1
            if self._follow is not None:
                self._follow()
            if watch.is_told:
                self._tell_all()
