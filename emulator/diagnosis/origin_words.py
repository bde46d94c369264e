"""What is known of a value that is followed back, and the sentences about it. Nothing is followed here."""

from __future__ import annotations

from collections import Counter

from emulator.annotations import Any
from emulator.diagnosis.bits_asked import ALL
from emulator.diagnosis.counting import Counting
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.memory_history import LOCAL, has_returned
from emulator.diagnosis.places import (
    Where,
    name_at,
    number_words,
    object_name,
    value_words,
    where_is,
)
from emulator.diagnosis.replay import Replay, State, Store, TooFar
from emulator.diagnosis.store_words import store_words
from emulator.diagnosis.suspects import LEAST_BASE
from emulator.operands import CONSTANT, DERIVED, LOAD, MOVE, OTHER, PC, SP, SUM, Stored, split_mnemonic
from emulator.trace.variable_words import local_at
from emulator.trace.why import WhyStep

LEAST_TIMES = 2
"""How often a loop has counted a value, for that to be said."""
NAMES = [f"r{number}" for number in range(13)] + ["sp", "lr", "pc"]
FRAME_POINTER = 7
NO_RESULT = (0, 0xFFFF_FFFF)
"""What a function returns that has found nothing."""
EXTENDS = ("uxtb", "uxth", "sxtb", "sxth")


class OriginWords:
    """A value of ``replay`` that is followed back, and the sentences in ``steps``. ``noun`` is what they are about.

    ``is_number``: the value counts as a whole, and not only what a pointer was made from; who changed it last is said.
    """

    def __init__(self, replay: Replay, noun: str = "", *, is_number: bool = False) -> None:
        self._replay = replay
        self.is_number = is_number
        self._image = replay.machine.image
        self._moves = 0
        self._is_copy = False
        self._is_changed = False
        self._is_derived = False  # in a way that leaves nothing of the number
        self._store: Store | None = None
        self.noun = noun
        self._start = self._image.symbols.find_code(replay.here().pc & ~1)
        self._began = where_is(replay).place
        self.end = replay.position
        self._began_in_allocator = bool(where_is(replay).allocator)
        self.chosen: Definition | None = None
        """The instruction with a condition that gave a constant: what the flags were set by says more."""
        self.is_own_local = False
        """Whether the value is the address of a local of the function that the search began in."""
        self.counting: Counting | None = None
        """How the value was counted, where the search began with that."""
        self.multiple = 0
        """What the value had to be a multiple of, of an access that was refused since it was none; else 0."""
        self.is_of_stack = False
        """Whether the search ended at SP."""
        self._counts: list[Definition] = []  # sums of one register and a constant that the value came through
        self._counted_by: set[int] = set()
        self.null: Definition | None = None
        """What gave a NULL, or another constant, in a function that had been called."""
        self.departed = ""
        """Where execution had left the program's code, for the first sentence."""
        self._gone: int | None = None
        self.gone_words = ""
        """What the memory was whose function has returned, for the first sentence."""
        self.called_by = ("", "")
        """The library's function that faulted, and the program's own that had called it, with its line."""
        self.steps, self.stores = list[WhyStep](), list[Store]()

    def gone_at(self, address: int | None) -> bool:
        """Whether the memory at ``address`` is near a local whose function has returned, where a value led to."""
        return address is not None and self._gone is not None and 0 <= address - self._gone < LOCAL

    def begin_again(self, noun: str) -> None:
        """Go on with another value, which ``noun`` is what it is about."""
        self.noun, self._moves, self._store = noun, 0, None
        self._is_copy = self._is_changed = self._is_derived = False

    def _is_local(self, found: Definition) -> bool:
        """Whether a value was made of the frame pointer of its function: R7 where that is made of SP."""
        if found.source.registers != (FRAME_POINTER,):
            return False
        try:
            made = find_definition(self._replay, FRAME_POINTER, found.state.position)
        except (Unknown, TooFar):
            return False
        find = self._image.symbols.find_code
        return SP in made.source.registers and find(made.state.pc & ~1) == find(found.state.pc & ~1)

    def _is_kept(self, register: int, found: Definition) -> bool:
        """Whether ``found`` extended a number that is so small that it stayed what it was."""
        name, registers = split_mnemonic(found.instruction.mnemonic)[0], found.source.registers
        if name not in EXTENDS or len(registers) != 1:
            return False
        return self._value_after(found, register) == found.state.registers[registers[0]]

    def _is_spoilt(self, register: int, found: Definition) -> bool:
        """Whether ``found`` added what made a pointer no multiple of what it had to be; that is said then."""
        before = [found.state.registers[one] for one in found.source.registers]
        value = self._value_after(found, register)
        if value % self.multiple == 0 or not any(one % self.multiple == 0 and one >= LEAST_BASE for one in before):
            return False
        where, at = self._where(found.state)
        was = next(one for one in before if one % self.multiple == 0 and one >= LEAST_BASE)
        text = (
            f"{self.noun} was made 0x{value:08x} of {number_words(self._replay, was)}, which is a multiple of "
            f"{self.multiple}, by {where.words} at {at}: {found.instruction.text}"
        )
        self._say(
            "register", text, found.state, where, instruction=found.instruction.text, register=NAMES[register],
            value=value,
        )  # fmt: skip
        return True

    def _changed(self, register: int, found: Definition) -> None:
        """Say who computed a number of another one that is followed."""
        value, instruction = self._value_after(found, register), found.instruction.text
        where, at = self._where(found.state)
        text = f"{self.noun}, {value_words(self._replay, value)}, was computed by {where.words} at {at}: {instruction}"
        self._say("register", text, found.state, where, instruction=instruction, register=NAMES[register], value=value)
        self.noun = "what it was computed from"

    def _counted(self, register: int, counting: Counting) -> None:
        """Say that the value was counted in a loop, of one of the program's own."""
        found = counting.found
        where, at = self._where(found.state)
        if self.counting is None and not self.steps:
            self.counting = counting
        if found.instruction.address in self._counted_by:
            self.noun = "what it began with at first"  # the loop in a loop: it goes on where it was
            return
        self._counted_by.add(found.instruction.address)
        if where.caller or counting.times is None or counting.times < LEAST_TIMES:
            self._is_changed = True
            return
        instruction = found.instruction.text
        first, value = (number_words(self._replay, one) for one in (counting.first, counting.value))
        what = self._made_of if self._is_changed else self._what
        text = f"{what}, {value}, was counted from {first} by {where.words}, {counting.times:,} times, until {at}"
        self._say(
            "register", f"{text}: {instruction}", found.state, where, instruction=instruction,
            register=NAMES[register], value=counting.value,
        )  # fmt: skip
        self.noun, self._is_changed = "what it began with", False

    def _tell_counting(self) -> None:
        """Say of a value that was not followed to its beginning which sum it came through most often."""
        often = Counter(one.instruction.address for one in self._counts)
        found = max(self._counts, key=lambda one: often[one.instruction.address])  # of several the latest
        times = often[found.instruction.address]
        where, at = self._where(found.state)
        text = f"{self.noun} is counted by {where.words}, at least {times:,} times, until {at}"
        self._say("register", f"{text}: {found.instruction.text}", found.state, where)

    def _made(self, register: int, found: Definition) -> None:
        """Say that a value was made by an instruction, of nothing that is followed."""
        kind, instruction = found.source.kind, found.instruction.text
        value = self._value_after(found, register)
        where, at = self._where(found.state)
        shown = value_words(self._replay, value)
        if kind in (SUM, MOVE, DERIVED) and (SP in found.source.registers or self._is_local(found)):
            self.is_of_stack = True
            self.is_own_local = not self._is_copy and self._image.symbols.find_code(found.state.pc & ~1) == self._start
            is_over = has_returned(self._replay, value, found.state.position, self.end)
            where, at = self._where(found.state)
            whose, taken = f"of {where.words}", "taken"
            if where.frame:  # whose local it is the debug information may know, but not the instruction
                whose, taken = f"in the frame of {where.frame}", f"taken by {where.words}"
            what = f"a local {whose}"
            machine = self._replay.machine
            local = local_at(machine.registers, machine.image, machine.peek, value)
            if local is not None:
                what, taken = f"`{local.base}`, a local of {local.owner}", f"taken by {where.words}"
            if is_over and self._gone is None:
                self._gone, self.gone_words = value, f"that was {what}, which has returned"
            what += ", which has returned" if is_over else ""
            text = f"{self.noun} is the address of {what}, {taken} at {at}: {instruction}"
        elif kind in (CONSTANT, LOAD) or PC in found.source.registers or (kind != OTHER and not found.source.registers):
            find, store = self._image.symbols.find_code, self._store
            if self._is_copy and store is not None and find(found.state.pc & ~1) == find(store.state.pc & ~1):
                return  # the store says it all
            self.chosen = found if split_mnemonic(found.instruction.mnemonic)[1] else None
            is_result = (value in NO_RESULT or self.is_number) and kind == CONSTANT and not self._is_changed
            if is_result and self._is_elsewhere(found, where):
                self.null = found
            is_what = "was made of" if self._is_changed else "is"
            text = f"{self.noun} {is_what} a constant, {shown}, of {where.words} at {at}: {instruction}"
        else:
            noun = self._made_of if self._is_changed else self.noun
            text = f"{noun} was computed by {where.words} at {at}: {instruction}, which gave {shown}"
        self._say("register", text, found.state, where, instruction=instruction, register=NAMES[register], value=value)

    def _is_elsewhere(self, found: Definition, where: Where) -> bool:
        """Whether another function gave the value than the one that the search began in, be it inlined there."""
        if where.caller:
            return True
        begun = self._began.partition(" (")[0].partition("+")[0]
        return not self._is_copy and where.place.partition(" (")[0].partition("+")[0] != begun

    def _value_after(self, found: Definition, register: int) -> int:
        traveller = self._replay.traveller
        traveller.goto(found.state.position)
        traveller.step()
        return self._replay.here().registers[register]

    @property
    def _what(self) -> str:
        """``noun``, or what that was made of, where the number that is followed is not that any more."""
        if not self._is_derived and not (self._is_changed and self.noun[-1].isdigit()):
            return self.noun
        return self._made_of

    @property
    def _made_of(self) -> str:
        return f"what {'that' if self.noun.startswith('what ') else self.noun} was made of"

    def _is_set_up(self, store: Store) -> bool:
        """Whether the start-up code gave the word its first value, as a kernel knows that; then that is said."""
        where, at = self._where(store.state)
        if store.value is None or where.thread != "the start-up code":
            return False
        name = name_at(self._replay, store.address, store.state.pc) or f"0x{store.address:08x}"
        value = value_words(self._replay, store.value & (1 << 8 * store.size) - 1, store.size)
        text = f"nothing has stored to {name} since the start-up code gave it its first value, {value}, at {at}"
        self._say("initial", text, store.state, where, address=store.address, size=store.size, value=store.value)
        return True

    def tell_store(self, store: Store, stored: Stored | None = None, bits: int = ALL) -> None:
        """Add who made ``store``; ``stored`` is its register, where that is known. Later ones left ``bits`` alone."""
        self.stores.append(store)
        where, at = self._where(store.state)
        instruction = next((one.text for one in self._replay.instructions(store.state, 1)), "")
        is_sp = stored is not None and stored.register == SP
        text = store_words(self._replay, store, where, at, instruction, is_sp=is_sp, bits=bits)
        self._say(
            "store", text, store.state, where, instruction=instruction, address=store.address, size=store.size,
            object=object_name(self._image, store.address), value=store.value,
        )  # fmt: skip

    def tell_at(self, kind: str, words: str, state: State, instruction: str) -> None:
        """Add ``words``, which complete where ``state`` is."""
        where, at = self._where(state)
        self._say(kind, f"{where.words} {words}, at {at}", state, where, instruction=instruction)

    def _end(self, words: str, **facts: Any) -> None:
        self.steps.append(WhyStep("end", words, **facts))

    def _where(self, state: State) -> tuple[Where, str]:
        """Go to ``state``; return where that is, and when and in which thread."""
        self._replay.traveller.goto(state.position)
        where = where_is(self._replay)
        return where, f"{self._replay.machine.clock.now:,}" + (f" in {where.thread}" if where.thread else "")

    def _say(self, kind: str, text: str, state: State, where: Where, **facts: Any) -> None:
        """Add a sentence about ``state``, where the replay is."""
        now = self._replay.machine.clock.now
        self.steps.append(WhyStep(kind, text, now, state.pc, where.place, where.caller, where.thread, **facts))
