"""A peripheral made of declared registers: what a part's manual says of them, without a model of what is behind.

Enough for the loops of start-up code that wait for a bit, for a console, and for drivers that keep their settings in
registers. declared_registers.py says what a register may do, register_rules.py what its bits follow. A narrow access
touches the bytes that it names and leaves the others [D-160]; offsets without a register read as zero and ignore
writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.bits import mask
from emulator.devices.countdown import Alarm
from emulator.devices.declared_registers import RegisterSpec, read_registers
from emulator.devices.peripheral import CONSOLE, REGISTER_LINES, Parameter, Peripheral
from emulator.devices.pin_levels import LAYOUTS
from emulator.devices.receiver import Receiver
from emulator.devices.register_rules import INSTRUCTIONS, READS, Rule, accesses_in, is_true, uses_input, value_of

BIT_TIME = 16
"""Instructions that a bit of input takes: the declaration knows no baud rate. [D-161]"""
MOST_PASSES = 16
"""Rounds of the rules after a change; rules that then still change something contradict each other. [D-162]"""
WORD = 4


def _without(word: int, bits: int) -> int:
    return word & ~bits


class _Follower:
    """A rule at work: what its source was when it was last looked at, and how long its delay still is."""

    def __init__(self, rule: Rule, device: Registers) -> None:
        self.rule = rule
        self.seen = 0
        self.reads_left = 0
        self.alarm = Alarm(device.context.clock, partial(device.ring, self))

    def save(self) -> dict[str, Any]:
        """Return the state."""
        return {"seen": self.seen, "reads_left": self.reads_left, "alarm": self.alarm.save()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a state."""
        self.seen, self.reads_left = state["seen"], state["reads_left"]
        self.alarm.restore(state["alarm"])


class Registers(Peripheral):
    """Declared registers. ``interrupt`` and its like say, as expressions, when an interrupt line is high.

    With ``reset_from`` an image may have their values at reset (board/programmed.py).
    """

    LINES = REGISTER_LINES
    PARAMETERS = {
        "registers": Parameter(dict, {}),
        "size": Parameter(int, 0x1000),
        "console": CONSOLE,
        **dict.fromkeys(REGISTER_LINES, Parameter(str, "")),
        "reset_from": Parameter(str, "", choices=("", "image")),
    }

    def set_up(self) -> None:
        """See Peripheral."""
        parameters = self.parameters
        self.size = parameters["size"]
        drives = {line: parameters[line] for line in self.LINES}
        declared = read_registers(parameters["registers"], drives, self.size)
        self._registers = declared.registers
        self._drives = tuple(declared.lines.items())
        self._console: str = parameters["console"]
        self._words: dict[int, list[RegisterSpec]] = {}
        for register in declared.registers.values():
            self._words.setdefault(register.offset // WORD, []).append(register)
        self._followers = [_Follower(rule, self) for each in declared.registers.values() for rule in each.rules]
        self._by_target: dict[str, list[_Follower]] = {}
        for follower in self._followers:
            self._by_target.setdefault(follower.rule.target.register, []).append(follower)
        self._accesses = accesses_in((*(f.rule.source for f in self._followers), *declared.lines.values()))
        self._asking = {f.rule.target.register for f in self._followers if uses_input(f.rule.source)}
        takes_input = any(each.receives for each in declared.registers.values())
        channel = self._console if takes_input else ""
        self.receiver = Receiver(self.context, channel, lambda: BIT_TIME, self.settle)
        self._changed: set[str] = set()
        """The registers whose next read answers something else than the last one did."""
        self._values: dict[str, int] = {}
        self._positions: dict[str, int] = {}
        self._driven: dict[str, int] = {}
        """Pins that something outside drives, by their register: its value there is their level."""

    def reset(self) -> None:
        """See Device. What is to be as something else is becomes so from its reset value; edges before do not count."""
        driven = {name: self._values[name] & bits for name, bits in self._driven.items()}
        self._values = {name: register.reset for name, register in self._registers.items()} | driven
        self._values |= dict.fromkeys(self._accesses, 0)
        self._positions = {name: 0 for name, register in self._registers.items() if register.reads}
        self.receiver.reset()
        for follower in self._followers:
            follower.reads_left = 0
            follower.alarm.set(None)
            target = follower.rule.target
            follower.seen = self._values[target.register] >> target.low & mask(target.width)
            if follower.rule.verb != "=":
                follower.seen = value_of(follower.rule, self._values, self._has_input)
        self._changed.clear()
        self.settle()

    def power_up(self) -> None:
        """See Peripheral. The input begins anew."""
        self.receiver.power_up()
        self._driven.clear()
        self.reset()

    def input_ready(self) -> None:
        """See Peripheral."""
        self.receiver.resume()

    def update(self) -> None:
        """See Peripheral."""
        for line, expression in self._drives:
            self.lines[line](is_true(expression, self._values, self._has_input))

    def _has_input(self) -> bool:
        return self.receiver.byte is not None

    # -- the bus -------------------------------------------------------------------------------------------------

    def read(self, offset: int, size: int) -> int | None:
        """See Device."""
        value = 0
        for register in self._touched(offset, size):
            value |= _shifted(self._read(register), 8 * (register.offset - offset))
        return value & mask(8 * size)

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device."""
        for register in self._touched(offset, size):
            shift = 8 * (register.offset - offset)
            lanes = _shifted(mask(8 * size), -shift) & mask(8 * register.size)
            self._write(register, _shifted(value, -shift) & lanes, lanes)
        return True

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device."""
        return all(self._is_steady(register) for register in self._touched(offset, size))

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """See Device."""
        contents = bytearray(size)
        for register in self._touched(offset, size):
            start = register.offset - offset
            if not self._is_steady(register) or start < 0 or start + register.size > size:
                return None
            shown = self._registers[register.shows] if register.shows else register
            value = shown.reads[self._positions[shown.name]] if shown.reads else self._shown(shown)
            value &= mask(8 * register.size)
            contents[start : start + register.size] = value.to_bytes(register.size, "little")
        return bytes(contents)

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """See Device."""
        register = next(self._touched(offset, 1), None)
        if register is None:
            return None
        name = f"{self.name}_{register.name}" if self.name else register.name
        moved = _shifted(bits, 8 * (offset - register.offset))
        fields = [f for f, (low, width) in register.fields.items() if bits and not moved & ~(mask(width) << low)]
        return f"{name}.{fields[0]}" if fields else name

    def offset_of(self, name: str) -> int | None:
        """Return the offset of the register that ``register_name`` calls so, None where there is none."""
        own = name.removeprefix(f"{self.name}_") if self.name else name
        register = self._registers.get(own) if own != name or not self.name else None
        return None if register is None else register.offset

    def force(self, offset: int, bits: int, value: int) -> None:
        """Change ``bits`` of the register at ``offset`` as the part behind it would, and let the rules follow."""
        for register in self._touched(offset, 1):
            lanes = _shifted(bits, 8 * (offset - register.offset)) & mask(8 * register.size)
            new = _shifted(value, 8 * (offset - register.offset)) & lanes
            self._values[register.name] = self._values[register.name] & ~lanes | new
            if register.pins:
                self._driven[register.name] = self._driven.get(register.name, 0) | lanes
            self._changed.discard(register.name)
        self.settle()

    def _touched(self, offset: int, size: int) -> Iterator[RegisterSpec]:
        end = offset + size
        for word in range(offset // WORD, (end - 1) // WORD + 1):
            for register in self._words.get(word, ()):
                if register.offset < end and offset < register.offset + register.size:
                    yield register

    def _is_steady(self, register: RegisterSpec) -> bool:
        name = register.name
        if (register.receives and self._is_open(register)) or f"{name}.read" in self._accesses:
            return False
        if register.shows and not self._is_steady(self._registers[register.shows]):
            return False
        if name in self._changed or (self.receiver.is_connected and not self.receiver.enabled):
            return False
        if self._values[name] & register.read_clears:
            return False
        if register.reads and (len(register.reads) > 1 if register.repeats else not self._is_at_end(register)):
            return False
        if name in self._asking and not self.receiver.is_quiet:
            return False
        return not any(follower.reads_left for follower in self._by_target.get(name, ()))

    def _is_at_end(self, register: RegisterSpec) -> bool:
        return self._positions[register.name] >= len(register.reads) - 1

    # -- one register --------------------------------------------------------------------------------------------

    def _read(self, register: RegisterSpec) -> int:
        name = register.name
        if not self.receiver.enabled:
            self.receiver.enable(True)
        if name in self._asking:
            self.receiver.look()
        if register.shows:
            return self._read(self._registers[register.shows])
        takes = register.receives and self._is_open(register)
        if takes:
            byte = self.receiver.take()
            self._values[name] = self._values[name] if byte is None else byte
        if register.reads:
            position = self._positions[name]
            self._values[name] = register.reads[position]
            self._positions[name] = (position + 1) % len(register.reads) if register.repeats else min(
                position + 1, len(register.reads) - 1
            )  # fmt: skip
        value = self._shown(register)
        if self._counts_down(name) or value & register.read_clears or takes or register.reads:
            self._values[name] &= ~register.read_clears
            self.settle()
        self._note_access(f"{name}.read")
        following = value if register.pins else self._values[name]
        if register.reads:
            following = register.reads[self._positions[name]]
        if following != value:
            self._changed.add(name)
        else:
            self._changed.discard(name)
        return value

    def _shown(self, register: RegisterSpec) -> int:
        """Return what a read answers that is of no sequence: a value, or the levels of pins."""
        value = self._values[register.name]
        if not register.pins:
            return value
        driven = self._driven.get(register.name, 0)
        return (LAYOUTS[register.pins].level(self._values) & ~driven | value & driven) & mask(8 * register.size)

    def _is_open(self, register: RegisterSpec) -> bool:
        return is_true(register.when, self._values, self._has_input)

    def _counts_down(self, name: str) -> bool:
        """Count a read of a register for what follows after so many of them; whether one was the last."""
        is_last = False
        for follower in self._by_target.get(name, ()):
            if follower.reads_left:
                follower.reads_left -= 1
                if not follower.reads_left:
                    self._apply(follower)
                    is_last = True
        return is_last

    def _write(self, register: RegisterSpec, value: int, lanes: int) -> None:
        name = register.name
        if not self.receiver.enabled:
            self.receiver.enable(True)
        is_data = (register.sends or register.receives) and self._is_open(register)
        if is_data and register.sends and self._console:
            self.context.transmit(self._console, bytes((value & 0xFF,)))
        half = 4 * register.size
        for other, ones, change in (
            (register.sets, value & mask(half) if register.clears_high else value, int.__or__),
            (register.clears, value, _without),
            (register.clears_high, value >> half, _without),
            (register.toggles, value, int.__xor__),
        ):
            if other:
                self._values[other] = change(self._values[other], ones) & mask(8 * self._registers[other].size)
        old, writable = self._values[name], register.writable & lanes
        new = old & ~writable | value & writable
        new = new & ~(value & register.one_clears) & ~(~value & lanes & register.zero_clears)
        new = (new | value & register.one_sets) ^ value & register.one_toggles
        if is_data or register.sets or register.clears or register.toggles:
            new = old  # what is written goes elsewhere
        self._values[name] = new
        self.settle()
        self._note_access(f"{name}.written")
        if register.pulse:
            self._values[name] = register.reset
            self.settle()

    def _note_access(self, access: str) -> None:
        """Let an access be true for what follows it, if anything does."""
        if access in self._accesses:
            for value in (1, 0):
                self._values[access] = value
                self.settle()

    # -- rules ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let everything follow what has changed, and drive the interrupt lines."""
        for _ in range(MOST_PASSES):
            before = None
            for follower in self._followers:
                value = value_of(follower.rule, self._values, self._has_input)
                if value != follower.seen:
                    before = before or dict(self._values)
                    self._follow(follower, value)
            if before is None or self._values == before:
                break
        self.update()

    def _follow(self, follower: _Follower, value: int) -> None:
        rule = follower.rule
        follower.seen = value
        if rule.verb != "=" and not value:
            return  # only when it rises; what is under way goes on
        if not rule.delay:
            self._apply(follower)
        elif rule.unit == READS:
            follower.reads_left = rule.delay
        else:
            wait = rule.delay
            if rule.unit != INSTRUCTIONS:
                wait = max(1, wait * self.context.frequency // 1_000_000)
            follower.alarm.set(self.context.clock.now + wait)

    def _apply(self, follower: _Follower) -> None:
        target, verb = follower.rule.target, follower.rule.verb
        value = follower.seen if verb == "=" else (0 if verb == "cleared by" else mask(target.width))
        old = self._values[target.register]
        self._values[target.register] = old & ~target.mask | value << target.low

    def ring(self, follower: _Follower) -> None:
        """The time of a delay is over."""
        self._apply(follower)
        self.settle()

    # -- snapshots -----------------------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """See Peripheral."""
        return {
            "values": dict(self._values),
            "positions": dict(self._positions),
            "driven": dict(self._driven),
            "followers": [follower.save() for follower in self._followers],
            "receiver": self.receiver.save(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        self._values, self._positions = dict(state["values"]), dict(state["positions"])
        self._driven = dict(state["driven"])
        for follower, saved in zip(self._followers, state["followers"], strict=True):
            follower.restore(saved)
        self.receiver.restore(state["receiver"])
        self.update()


def _shifted(value: int, bits: int) -> int:
    return value << bits if bits >= 0 else value >> -bits
