"""DMA controller of STM32. [RM0008 13; RM0090 10] Channels with a common interrupt register, or streams with two.

An item takes a fixed time, and is moved when the transfer is half or wholly done, or somebody looks. [D-322] Who asks
for an item is left out: whatever is enabled goes on, but for what comes from the registers that ``never`` lists, those
of receivers, from which nothing comes. FIFOs, bursts, priorities and errors are left out, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from emulator.annotations import Any, NamedTuple
from emulator.armv7m.memory_map import PERIPHERALS
from emulator.armv7m.ports import Port, zero
from emulator.devices.countdown import Alarm
from emulator.devices.peripheral import Parameter, Peripheral

ITEM, MEMORY_ITEM = 160, 16
"""Instructions for an item from or to a register, and from memory to memory. [D-322]"""
MOST = 8
MOST_ROUNDS = 4
"""Rounds of a circular transfer that are made up for, when nobody looked for long."""
QUIET = 20_000
"""Instructions between two looks at a circular transfer that nothing follows from but its data."""
EN = 1
COUNT_MASK = 0xFFFF


class _Layout(NamedTuple):
    """Where the bits of a control register are, and what is where in the controller."""

    first: int
    step: int
    half_enable: int
    whole_enable: int
    to_register: int
    between: int
    circular: int
    register_steps: int
    memory_steps: int
    register_size: int
    memory_size: int
    half: int
    whole: int


CHANNELS = _Layout(0x08, 20, 1 << 2, 1 << 1, 1 << 4, 1 << 14, 1 << 5, 1 << 6, 1 << 7, 8, 10, 1 << 2, 1 << 1)
STREAMS = _Layout(0x10, 24, 1 << 3, 1 << 4, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 11, 13, 1 << 4, 1 << 5)
DOUBLE, TARGET = 1 << 18, 1 << 19
"""DBM and CT of a stream: two buffers, and which one is the next."""
STREAM_FLAGS = (0, 6, 16, 22)
"""Where the flags of a stream begin, in one of the two registers for four."""


class Stm32Dma(Peripheral):
    """One controller. ``variant`` is ``channels`` (STM32F1, F3, L4, G4) or ``streams`` (F2, F4, F7, H7)."""

    LINES = tuple(f"{number}" for number in range(MOST))
    PARAMETERS = {
        "variant": Parameter(str, "channels", choices=("channels", "streams")),
        "never": Parameter(tuple, ()),
        "size": Parameter(int, 0x400),
    }
    STATE = ("control", "counts", "registers", "memories", "seconds", "others", "flags", "_left", "_moved", "_since")

    def set_up(self) -> None:
        """See Peripheral."""
        self._has_streams = self.parameters["variant"] == "streams"
        self._layout = STREAMS if self._has_streams else CHANNELS
        never = self.parameters["never"]
        assert isinstance(never, tuple)
        self._never = frozenset(never)
        self._alarms = [Alarm(self.context.clock, partial(self._settle, number)) for number in range(MOST)]

    def reset(self) -> None:
        """See Device."""
        self.control, self.counts, self.registers = [0] * MOST, [0] * MOST, [0] * MOST
        self.memories, self.seconds, self.others = [0] * MOST, [0] * MOST, [0x21] * MOST
        self.flags, self._left, self._moved, self._since = [0] * MOST, [0] * MOST, [0] * MOST, [0] * MOST
        for alarm in self._alarms:
            alarm.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        flags = ((0, 4), (4, 4)) if self._has_streams else ((0, MOST),)
        for group, (offset, _) in enumerate(flags):
            yield Port(offset, partial(self._status, group))
            yield Port(offset + 4 * len(flags), zero, partial(self._clear, group))
        for number in range(MOST):
            place = self._layout.first + self._layout.step * number
            yield Port(place, partial(self._control, number), partial(self._write_control, number))
            yield Port(place + 4, partial(self._count, number), partial(self._write_count, number))
            names = ("registers", "memories", *(("seconds", "others") if self._has_streams else ()))
            for index, name in enumerate(names):
                yield Port(place + 8 + 4 * index, *self._kept(name, number))

    def update(self) -> None:
        """See Peripheral."""
        for number in range(MOST):
            control, flags, layout = self.control[number], self.flags[number], self._layout
            half = flags & layout.half and control & layout.half_enable
            whole = flags & layout.whole and control & layout.whole_enable
            self.lines[str(number)](bool(half or whole))

    # -- transfers -----------------------------------------------------------------------------------------------------

    def _item(self, number: int) -> int:
        return MEMORY_ITEM if self.control[number] & self._layout.between else ITEM

    def _begin(self, number: int, since: int) -> None:
        self._left[number], self._moved[number], self._since[number] = self.counts[number], 0, since

    def _move(self, number: int, first: int, end: int) -> None:
        """Move the items from ``first`` on, up to ``end``."""
        control, layout = self.control[number], self._layout
        second = self._has_streams and control & DOUBLE and control & TARGET
        memory = (self.seconds if second else self.memories)[number]
        one = (self.registers[number], 1 << (control >> layout.register_size & 3), control & layout.register_steps)
        other = (memory, 1 << (control >> layout.memory_size & 3), control & layout.memory_steps)
        source, target = (other, one) if control & layout.to_register else (one, other)
        for index in range(first, end):
            value = self._load(source[0] + (index * source[1] if source[2] else 0), source[1])
            self._store(target[0] + (index * target[1] if target[2] else 0), target[1], value)

    def _load(self, address: int, size: int) -> int:
        if address in PERIPHERALS:
            return self.context.load_register(address, size)
        return int.from_bytes(self.context.load(address & 0xFFFF_FFFF, size), "little")

    def _store(self, address: int, size: int, value: int) -> None:
        value &= (1 << 8 * size) - 1
        if address in PERIPHERALS:
            self.context.store_register(address, size, value)
        else:
            self.context.store(address & 0xFFFF_FFFF, value.to_bytes(size, "little"))

    def _is_idle(self, number: int) -> bool:
        outwards = self.control[number] & self._layout.to_register
        waits = not outwards and self.registers[number] in self._never
        return not self.control[number] & EN or not self._left[number] or waits

    def _done(self, number: int) -> int:
        """Return how many items are done."""
        if self._is_idle(number):
            return 0
        elapsed = self.context.clock.now - self._since[number]
        return min(elapsed // self._item(number), self._left[number])

    def _settle(self, number: int) -> None:
        """Move what is done by now, and look again when the transfer is half or wholly done."""
        for _ in range(MOST_ROUNDS):
            if self._is_idle(number) or not self._round(number):
                break
        else:
            around = self._left[number] * self._item(number)
            if around and not self._is_idle(number):
                self._since[number] += (self.context.clock.now - self._since[number]) // around * around
        self._schedule(number)
        self.update()

    def _round(self, number: int) -> bool:
        """Move what is done of one round by now; return whether another has begun behind it."""
        done, left, moved = self._done(number), self._left[number], self._moved[number]
        self._moved[number] = done  # before: what is moved may lead back here
        self._move(number, moved, done)
        if moved < (left + 1) // 2 <= done:
            self.flags[number] |= self._layout.half
        if done < left or self._is_idle(number):
            return False
        self.flags[number] |= self._layout.whole
        is_double = self._has_streams and self.control[number] & DOUBLE
        if is_double:
            self.control[number] ^= TARGET
        if is_double or self.control[number] & self._layout.circular:
            self._begin(number, self._since[number] + left * self._item(number))
            return True
        self._left[number] = self.counts[number] = 0
        self.control[number] &= ~EN if self._has_streams else 0xFFFF_FFFF
        return False

    def _schedule(self, number: int) -> None:
        """Look again when the transfer is half or wholly done; without an interrupt that ends no sleep."""
        if self._is_idle(number):
            self._alarms[number].set(None)
            return
        left, done = self._left[number], self._done(number)
        items = left if 2 * done >= left else (left + 1) // 2
        due = self._since[number] + items * self._item(number)
        interrupts = self.control[number] & (self._layout.half_enable | self._layout.whole_enable)
        repeats = self.control[number] & (self._layout.circular | (DOUBLE if self._has_streams else 0))
        if repeats and not interrupts:
            self._alarms[number].set(max(due, self.context.clock.now + QUIET), wakes=False)
        else:
            self._alarms[number].set(due)

    # -- registers -----------------------------------------------------------------------------------------------------

    def _place(self, group: int, number: int) -> int | None:
        """Return where the flags of ``number`` begin in the status register ``group``, None where they are not."""
        if not self._has_streams:
            return 4 * number
        return STREAM_FLAGS[number % 4] if number // 4 == group else None

    def _status(self, group: int) -> int:
        status = 0
        for number in range(MOST):
            self._settle(number)
            place = self._place(group, number)
            if place is not None and self.flags[number]:
                status |= (self.flags[number] | (0 if self._has_streams else 1)) << place
        return status

    def _clear(self, group: int, value: int) -> None:
        for number in range(MOST):
            place = self._place(group, number)
            if place is not None:
                bits = value >> place
                is_all = not self._has_streams and bits & 1
                self.flags[number] &= ~(0xF if is_all else bits)
        self.update()

    def _control(self, number: int) -> int:
        self._settle(number)
        return self.control[number]

    def _write_control(self, number: int, value: int) -> None:
        self._settle(number)
        was_enabled = self.control[number] & EN
        if was_enabled and not value & EN:
            self.counts[number] -= self._done(number)
            self._left[number] = 0
        self.control[number] = value
        if value & EN and not was_enabled:
            self._begin(number, self.context.clock.now)
        self._schedule(number)
        self.update()

    def _count(self, number: int) -> int:
        self._settle(number)
        return self.counts[number] - self._done(number)

    def _write_count(self, number: int, value: int) -> None:
        if not self.control[number] & EN:
            self.counts[number] = value & COUNT_MASK

    def _kept(self, name: str, number: int) -> tuple[partial[int], partial[None]]:
        return partial(self._get, name, number), partial(self._put, name, number)

    def _get(self, name: str, number: int) -> int:
        row: list[int] = getattr(self, name)
        return row[number]

    def _put(self, name: str, number: int, value: int) -> None:
        getattr(self, name)[number] = value

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        for number, alarm in enumerate(self._alarms):
            alarm.restore({"due": None})
            self._schedule(number)
