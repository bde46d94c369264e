"""What happens to a program from outside, by a script: interrupts, registers, pins, input, at a time or a place.

All of it depends on virtual time and on what the program does, so that every run is the same. Each thing that happens
is an event of the trace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from emulator.annotations import Protocol
from emulator.board.board import Board
from emulator.devices.clock import ScheduledCall
from emulator.devices.peripheral import Peripheral
from emulator.devices.registers import Registers
from emulator.errors import ConfigError
from emulator.harness.guest_input import SEMIHOSTING
from emulator.harness.stimulus_file import Entry
from emulator.machine.events import StimulusGiven
from emulator.machine.machine import Machine
from emulator.machine.stop import Breakpoint, BudgetSpent, StopReason
from emulator.program_file import printable

WORD = 4
CONSOLE = "console"
"""The channel of the shim's console, and here of any."""
MOST_CALLS = 4000
"""Calls that may still be due when a script ends: it has at most 1000 entries."""


class _HasPins(Protocol):
    def set_pins(self, levels: int) -> None:
        """Drive the pins from outside."""


class Stimulus:
    """The script ``entries`` on ``machine`` of ``board``, which has its input and has not run. Raises ConfigError.

    ``run`` is for whoever runs the machine: it goes on where only the script ends a run.
    """

    def __init__(self, machine: Machine, entries: list[Entry], board: Board) -> None:
        self._machine = machine
        self._console = board.console
        self._channels = board.channels
        self._seen = [0] * len(entries)
        self._reached: dict[int, list[int]] = {}
        self._read: dict[int, list[int]] = {}
        self._answers: dict[int, tuple[int, int]] = {}
        self._pins: dict[str, int] = {}
        self._input: dict[str, deque[int]] = {}
        self._entries = entries
        self._calls: list[ScheduledCall] = []
        for number, entry in enumerate(entries):
            self._check(entry)
            if entry.at is not None:
                self._call_at(entry.at, partial(self._time_has_come, number))
            elif entry.reached is not None:
                self._reached.setdefault(self._code(entry.reached, entry), []).append(number)
            elif entry.read is not None:
                self._read.setdefault(self._register(entry.read, entry)[0] & -WORD, []).append(number)
        for address in self._reached:
            machine.set_breakpoint(address)
        answered = [self._register(e.register, e)[0] for e in entries if e.register is not None]
        words = frozenset({*self._read, *(address & -WORD for address in answered)})
        if words:
            machine.bus.judged_words, machine.bus.on_device_read = words, self._judge
        if any(entry.input is not None for entry in entries):
            self._next_input, machine.read_input = machine.read_input, self._take_input

    def end(self) -> None:
        """Take everything back: another script, or another run, follows."""
        for call in self._calls:
            call.cancel()
        for address in self._reached:
            self._machine.clear_breakpoint(address)
        self._machine.bus.judged_words = self._machine.bus.on_device_read = None

    @property
    def ends_runs(self) -> bool:
        """Whether whoever runs the machine must do it by ``run``: something happens where the program comes."""
        return bool(self._reached)

    # -- when ----------------------------------------------------------------------------------------------------------

    def run(self, max_instructions: int | None = None, *, goes_on: bool = False) -> StopReason:
        """See Machine.run(): the ends that the script asked for are none."""
        executed = self._machine.engine
        start = executed.executed
        left = max_instructions
        goes_on = goes_on or not start  # the first instruction of all may be a place
        while True:
            reason = self._machine.run(left, goes_on=goes_on)
            if not isinstance(reason, Breakpoint) or reason.address not in self._reached:
                return reason
            for number in self._reached[reason.address]:
                self._count(number)
            if max_instructions is not None:
                left = max_instructions - (executed.executed - start)
                if left <= 0:
                    return BudgetSpent(reason.time)
            goes_on = False  # and passes the instruction that it stopped in front of

    def _time_has_come(self, number: int) -> None:
        entry = self._entries[number]
        self._count(number)
        if entry.every and (not entry.times or self._seen[number] < entry.skip + entry.times):
            self._call_at(self._machine.clock.now + entry.every, partial(self._time_has_come, number))

    def _call_at(self, time: int, act: Callable[[], None]) -> None:
        self._calls = [*(call for call in self._calls[-MOST_CALLS:] if not call.cancelled)]
        self._calls.append(self._machine.clock.call_at(time, act))

    def _judge(self, address: int, size: int, value: int) -> int:
        """See Bus.on_device_read: count the read, which still answers what it did, and lay forced bits over it."""
        for number in self._read.get(address & -WORD, ()):
            self._count(number)
        answer = self._answers.get(address & -WORD)
        if answer is None:
            return value
        shift, bits = 8 * (address & WORD - 1), (1 << 8 * size) - 1
        mask, forced = answer[0] >> shift & bits, answer[1] >> shift & bits
        return value & ~mask | forced & mask

    def _count(self, number: int) -> None:
        entry = self._entries[number]
        self._seen[number] += 1
        times = self._seen[number] - entry.skip
        if times <= 0 or (entry.times and times > entry.times):
            return
        if entry.delay:
            self._call_at(self._machine.clock.now + entry.delay, partial(self._give, entry))
        else:
            self._give(entry)

    # -- what ----------------------------------------------------------------------------------------------------------

    def _give(self, entry: Entry) -> None:
        machine = self._machine
        if entry.interrupt is not None:
            machine.system.nvic.set_line(entry.interrupt, True)
            machine.system.nvic.set_line(entry.interrupt, False)
            words = f"interrupt {entry.interrupt}"
        elif entry.line is not None:
            machine.system.nvic.set_line(entry.line, bool(entry.level))
            words = f"line {entry.line} is {'high' if entry.level else 'low'}"
        elif entry.register is not None:
            words = self._set_register(entry)
        elif entry.pins is not None:
            old = self._pins.get(entry.pins, 0)
            self._pins[entry.pins] = old & ~entry.mask | entry.value & entry.mask
            self._pinned(entry.pins).set_pins(self._pins[entry.pins])
            words = f"pins of {entry.pins} are 0x{self._pins[entry.pins]:x}"
        else:
            assert entry.input is not None
            data = entry.input.encode()
            self._input.setdefault(self._receiver(entry.channel), deque()).extend(data)
            machine.input_ready()
            words = f"{len(data)} bytes of input for {entry.channel or self._console or CONSOLE}"
        if machine.observed:
            machine.emit(StimulusGiven(machine.clock.now, entry.name, words))
        if machine.engine.steady is not None:
            machine.engine.steady.forget()

    def _set_register(self, entry: Entry) -> str:
        assert entry.register is not None
        address, device, offset = self._register(entry.register, entry)
        name = self._machine.bus.register_name(address) or f"0x{address:08x}"
        if isinstance(device, Registers):
            device.force(offset, entry.mask, entry.value)
        else:
            mask, value = self._answers.get(address & -WORD, (0, 0))
            shift = 8 * (address & WORD - 1)
            bits = entry.mask << shift & 0xFFFF_FFFF
            self._answers[address & -WORD] = mask | bits, value & ~bits | entry.value << shift & bits
        return f"{name} is 0x{entry.value & entry.mask:x} in 0x{entry.mask:x}"

    def _receiver(self, channel: str) -> str:
        """Return the one name of a channel: the console is a UART, and what semihosting and the shim read."""
        return CONSOLE if channel in ("", CONSOLE, SEMIHOSTING, self._console) else channel

    def _take_input(self, channel: str) -> int | None:
        queue = self._input.get(self._receiver(channel))
        return queue.popleft() if queue else self._next_input(channel)

    # -- names ---------------------------------------------------------------------------------------------------------

    def _check(self, entry: Entry) -> None:
        irqs = self._machine.exceptions.irq_count
        for irq in (entry.interrupt, entry.line):
            if irq is not None and irq >= irqs:
                raise self._wrong(entry, f"there is no interrupt {irq}: the board has {irqs}", "Choose one below")
        if entry.register is not None:
            self._register(entry.register, entry)
        if entry.pins is not None:
            self._pinned(entry.pins, entry)
        if self._receiver(entry.channel) not in (CONSOLE, *self._channels):
            known = ", ".join(self._channels) or "none"
            raise self._wrong(entry, f"no device has a channel {entry.channel!r}", f"The board's are: {known}")

    def _code(self, place: int | str, entry: Entry) -> int:
        if isinstance(place, int):
            return place & ~1
        symbol = self._machine.image.symbols.by_name.get(place)
        if symbol is None:
            raise self._wrong(entry, f"{self._machine.image.name} has no symbol {place!r}", "Check the name")
        return symbol.address & ~1

    def _register(self, place: int | str, entry: Entry) -> tuple[int, Peripheral | None, int]:
        """Return the address of a register, and the device with the offset in it."""
        devices = self._machine.devices
        for placed in reversed(devices.placed if devices is not None else ()):  # single registers are in front
            if isinstance(place, int):
                offset = place - placed.address
                is_there = 0 <= offset < placed.late.size
                if is_there and (placed.name or placed.device.register_name(offset) is not None):
                    return place, placed.device, offset
            elif isinstance(placed.device, Registers):
                found = placed.device.offset_of(place)
                if found is not None:
                    return placed.address + found, placed.device, found
        if isinstance(place, int):
            return place, None, 0
        raise self._wrong(entry, f"the board declares no register {place!r}", "Give its address, or declare it")

    def _pinned(self, name: str, entry: Entry | None = None) -> _HasPins:
        devices = self._machine.devices
        found = {placed.name: placed for placed in devices.placed} if devices is not None else {}
        device = found[name].device if name in found else None
        set_pins: Callable[[int], None] | None = getattr(device, "set_pins", None)
        if set_pins is None:
            assert entry is not None
            raise self._wrong(entry, f"the board has no device {name!r} with pins", "Set the register that shows them")
        return device  # type: ignore[return-value]

    def _wrong(self, entry: Entry, problem: str, remedy: str) -> ConfigError:
        return ConfigError(f"stimulus {printable(entry.name, 40)}: {printable(problem, 120)}. {remedy}.")
