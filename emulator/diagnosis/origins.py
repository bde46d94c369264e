"""The origin of a bad value: back from a register through moves to the load that fetched it, and to who stored it.

A value that a function only keeps on its stack is followed without a word. Each sentence says what the second run has
shown, and the last one why the search ends.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.exception_entry import BASIC_FRAME
from emulator.diagnosis.accumulation import tell_accumulated
from emulator.diagnosis.bits_asked import ALL, bits_before, last_change, passed_through, tested_by
from emulator.diagnosis.clobber import tell_changed
from emulator.diagnosis.compared import tell_compared
from emulator.diagnosis.counting import counting_of
from emulator.diagnosis.definitions import FRAME_WORDS, Definition, Unknown, effect_at, find_definition
from emulator.diagnosis.fp_values import follow_fp
from emulator.diagnosis.heap_links import outside_of_heap
from emulator.diagnosis.kept_registers import tell_not_kept
from emulator.diagnosis.memory_history import tell_overflow
from emulator.diagnosis.messages import tell_sent
from emulator.diagnosis.no_memory import WONDER, asked_for, size_words
from emulator.diagnosis.nobodys import (
    hands_over,
    initial_steps,
    is_foreign_code,
    is_link_of_heap,
    tell_ignored,
)
from emulator.diagnosis.origin_words import NAMES, OriginWords
from emulator.diagnosis.outside_stores import argument_of, exception_taken, word_behind
from emulator.diagnosis.passed_object import POINTER, past_passed_object
from emulator.diagnosis.places import (
    Where,
    memory_words,
    named_memory,
    object_name,
    text_at,
    value_words,
    where_is,
)
from emulator.diagnosis.replay import State, Store, TooFar, Unseen
from emulator.diagnosis.slots import FRAME_POINTERS, KEPT, LEFT, find_pointer, slot_use, stored_by
from emulator.diagnosis.store_words import not_found_words
from emulator.diagnosis.suspects import gives_base, is_index, number_of, suspect_of
from emulator.diagnosis.tables import beside_table, index_of
from emulator.diagnosis.zero_divisor import zero_divisor
from emulator.operands import CONSTANT, DERIVED, LOAD, MOVE, OTHER, PC, SP, SUM, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.headline import LIKELY_NULL
from emulator.trace.why import WhyStep

MOST_MOVES = 64
"""Registers and stack slots that one value is followed through."""
MOST_STEPS = 8
"""Sentences about one value."""
SETS_BITS = ("orr", "orn", "eor", "mvn")
"""What makes a pointer of a number, or another one of a pointer."""
CALLEE_SAVED = range(4, 12)
"""What a function gives back as it was. [AAPCS 6.1.1]"""


class Origins(OriginWords):
    """Follows values of ``replay`` back, and keeps the sentences in ``steps``. ``noun`` is what they are about.

    ``is_number``: the value counts as a whole, and not only what a pointer was made from; who changed it last is said.
    """

    def follow_register(self, register: int, position: Position, bits: int = ALL) -> None:
        """Say where ``register`` got its value before ``position``, or those ``bits`` of it."""
        ignored: frozenset[int] = frozenset()
        while self._moves < MOST_MOVES and len(self.steps) < MOST_STEPS:
            self._moves += 1
            if self._counts and self._moves == MOST_MOVES:
                self._tell_counting()
                return
            try:
                found = find_definition(self._replay, register, position, ignored)
            except Unknown as unknown:
                self._unknown(register, unknown, position)
                return
            except TooFar as far:
                words = f"{self.noun} was in {NAMES[register]} for more than {far.limit:,} instructions"
                self._end(words, register=NAMES[register])
                return
            if register == 0 and self.is_number and not self._is_changed and self._is_result(found):
                return
            if tell_not_kept(self._replay, self.steps, register, found, position):
                return
            position, source = found.state.position, found.source
            is_given_back = source.kind == LOAD and register in CALLEE_SAVED and source.memory is not None
            is_given_back = is_given_back and source.memory is not None and source.memory.base == SP
            if (
                source.kind in (LOAD, OTHER, CONSTANT)
                and not is_given_back
                and self._is_allocated(found.state, register)
            ):
                return
            passed = None if bits == ALL else passed_through(found, bits)
            if passed is not None:
                register, bits = passed
                continue
            sets_bits = source.kind == DERIVED and found.instruction.mnemonic.startswith(SETS_BITS)
            sets_bits = sets_bits or (source.kind == SUM and gives_base(found, self._value_after(found, register)))
            if sets_bits or (source.kind in (MOVE, SUM) and self._is_local(found)):
                self._made(register, found)
                return
            counting = counting_of(self._replay, register, found)
            if counting is None and source.kind == SUM and self.multiple and self._is_spoilt(register, found):
                return
            is_new = not self._is_changed and not self._is_copy
            if self._is_kept(register, found):
                register = source.registers[0]
                continue
            tested = tested_by(found) if self.is_number else None
            if self.is_number and (source.kind in (SUM, DERIVED) or tested is not None) and counting is None and is_new:
                self._changed(register, found)
            if tested is not None or (source.kind in (MOVE, DERIVED) and SP not in source.registers):
                is_made = source.kind != MOVE
                self._is_changed |= is_made
                self._is_derived |= is_made
                bits = ALL if tested is not None else bits_before(found, bits)
                register = source.registers[0] if tested is None else tested
            elif counting is not None:
                bits = ALL
                self._counted(register, counting)
                position = counting.entered
            elif source.kind == SUM and SP not in source.registers and PC not in source.registers:
                self._is_changed, bits = True, ALL
                if register in source.registers or len(source.registers) == 1:
                    self._counts.append(found)
                if source.registers == (register,):
                    ignored |= {found.instruction.address}  # a pointer that walks: what it began with is the origin
                else:
                    register = self._suspect(found)
                    is_index_now = is_index(self._replay, register, source.registers, found.state.registers)
                    if self.noun == "the pointer" and is_index_now:
                        self.noun = "the index"
            elif source.kind == LOAD and source.memory is not None and source.memory.base != PC:
                self._loaded(register, found, bits if self.is_number else ALL)
                return
            elif (divided := zero_divisor(self._replay, found)) is not None:
                self._made(register, found)
                zero, division = divided
                self.begin_again(f"{NAMES[zero]}, by which {division.instruction.text} divided")
                self.is_number = True
                self.follow_register(zero, division.state.position)
                return
            else:
                self._made(register, found)
                if found.instruction.mnemonic.startswith("vmov"):
                    follow_fp(self, self._replay, found)
                return

    def _is_result(self, found: Definition) -> bool:
        """Whether a function of the library compared something, where the search began outside; it is said then."""
        return self._start != self._image.symbols.find_code(found.state.pc & ~1) and tell_compared(
            self, self._replay, found
        )

    def follow_byte(self, address: int, position: Position) -> None:
        """Say who stored last to one byte before ``position``."""
        self.follow_memory(address, 1, position, lambda: None)

    def _suspect(self, found: Definition) -> int:
        """Return the register of a sum that is to be followed."""
        summands, registers = found.source.registers, found.state.registers
        if not self.is_number:
            return suspect_of(self._replay, summands, registers)
        is_difference = len(summands) == 2 and split_mnemonic(found.instruction.mnemonic)[0].startswith("sub")
        if is_difference and registers[summands[0]] < LIKELY_NULL <= registers[summands[1]]:
            return summands[0]  # a pointer that is NULL, less another one
        return number_of(self._replay, summands, registers)

    def _is_allocated(self, state: State, register: int | None = None) -> bool:
        """Whether the value was made by an allocator, which says it all: who asked for memory is told.

        What an allocator has stored (no ``register``) may be what it copied, or a word of its own in memory that is
        free.
        """
        where, at = self._where(state)
        if register is None and not hands_over(where):
            return False
        if not where.allocator or self._began_in_allocator or not where.caller:
            return False
        allocator = where.allocator.removeprefix("__wrap_")
        if register is not None and self._is_refused(state, register, where):
            return True
        self._where(state)
        self._say("memory", f"{self.noun} is memory that {where.caller} got of {allocator} at {at}", state, where)
        return True

    def _is_refused(self, state: State, register: int, where: Where) -> bool:
        """Whether an allocator gave NULL at ``state``; then that is said, and where a large size came from."""
        traveller = self._replay.traveller
        traveller.step()
        if self._replay.here().registers[register]:
            return False
        asked = asked_for(self._replay, where.allocator, state)
        at = self._where(state)[1]
        text = f"{self.noun} is the NULL that {where.allocator.removeprefix('__wrap_')} returned to {where.caller}"
        shown = "" if asked is None else f", which had asked for {size_words(asked.size)}"
        self._say("memory", f"{text} at {at}{shown}", state, where)
        if asked is not None and asked.size >= WONDER:
            self.noun, self._is_copy, self.is_number = "the number of bytes", False, True
            self.follow_register(asked.register, asked.state.position)
        return True

    def _unknown(self, register: int, unknown: Unknown, position: Position) -> None:
        state, story = unknown.state, self._replay.story
        what = self._made_of if self._is_changed else self.noun
        if unknown.kind == "call" and state is not None:
            self._replay.traveller.goto(position)
            result = self._replay.here().registers[register]
            name = "" if story is None else story.result_name(state.registers[12], result)
            where, at = self._where(state)
            returned = f"{name}, which the kernel returned" if name else "what the kernel returned"
            self._say("end", f"{what} is {returned} to {where.words} at {at}", state, where)
            blamed = None if story is None else story.blamed_argument(state.registers[12], result)
            if blamed is not None:
                self.noun = blamed[1]
                self.follow_register(blamed[0], state.position)
        elif unknown.kind == "begin" and state is not None and register in FRAME_WORDS:
            address = state.registers[SP] - BASIC_FRAME + FRAME_WORDS[register] & 0xFFFF_FFFF
            thread = self._where(state)[0].thread
            words = f"{what} is what {thread or 'the thread'} was started with"
            step = WhyStep("register", words, register=NAMES[register], address=address, size=4, thread=thread)
            self.follow_memory(address, 4, state.position, lambda: self.steps.append(step))
        elif unknown.kind == "resumed" and state is not None and self._replay.story is None:
            tell_changed(self._replay, self.steps, state, register)
        else:
            self._end(f"{self.noun} {unknown.why}", register=NAMES[register])

    def _loaded(self, register: int, found: Definition, bits: int) -> None:
        source = found.source
        assert source.memory is not None
        address = source.memory.address(found.state.registers, found.state.pc) + source.place & 0xFFFF_FFFF
        beside = beside_table(self._replay, found) or past_passed_object(self._replay, found)
        outside = outside_of_heap(self._replay, found)
        if outside is not None:
            value = self._value_after(found, register)
            where, at = self._where(found.state)
            text = f"{self._what}, {value_words(self._replay, value)}, came from {memory_words(self._image, address)}"
            text += f", a word of the allocator's, to which links of free memory led: {where.words} loaded it at {at}"
            self._say("register", text, found.state, where, register=NAMES[register], address=address, value=value)
            self.begin_again("the first of those links")
            self._began_in_allocator = False
            self._loaded(register, outside, ALL)
            return

        def say() -> None:
            value = self._value_after(found, register)
            where, at = self._where(found.state)
            memory = named_memory(self._replay, address, found.state.pc)
            memory += f", {beside.words}" if beside is not None else ""
            if self._is_copy:
                verb = "made it of what it loaded" if self._is_changed else "copied it"
                text = f"{where.words} {verb} from {memory}{text_at(self._replay, address, source.size)}"
            else:
                what = f"{self._what}, {value_words(self._replay, value)}, came from {memory}"
                text = f"{what}: {where.words} loaded it at {at}"
            self._say(
                "register", text, found.state, where, instruction=found.instruction.text, register=NAMES[register],
                address=address, size=source.size, object=object_name(self._image, address), value=value,
            )  # fmt: skip

        store = self._store
        if self._is_copy and self._is_changed and store is not None and _is_same(store, address, source.size):
            say()
            self._tell_accumulated(store)
            return
        if beside is None:
            self.follow_memory(address, source.size, found.state.position, say, found.state, bits)
            return
        say()
        if beside.noun == POINTER:
            self.begin_again("the address that it was read through")
            self.is_number = False
            self.follow_register(beside.register, beside.position)
            return
        self.noun, self._is_copy = f"the {beside.noun} {beside.number:,}", False
        self.is_number |= beside.noun == "index"
        self.follow_register(beside.register, beside.position)

    def _tell_accumulated(self, store: Store) -> None:
        """What was stored was made of what the word held: say what became of it, and which index led there."""
        largest = tell_accumulated(self._replay, self.steps, store)
        if largest is not None:
            self.begin_again("that step")
            self.is_number = True
            self.follow_register(*largest)
            return
        stored = stored_by(self._replay, store)
        if stored is not None and stored.memory.index_register >= 0:
            register = stored.memory.index_register
            index = store.state.registers[register]
            self.noun = f"that store's index {index - (index >> 31 << 32):,}"
            self._is_copy = self._is_changed = False
            self.follow_register(register, store.state.position)

    def follow_slot(self, address: int, position: Position, noun: str, value: int) -> None:
        """Say who stored ``value``, which is known by ``noun``, to the stack slot at ``address``."""
        self.noun = noun
        memory = memory_words(self._image, address)
        words = f"{noun}, {value_words(self._replay, value)}, was at {memory}"
        step = WhyStep("register", words, address=address, size=4, value=value)
        self.follow_memory(address, 4, position, lambda: self.steps.append(step))

    def follow_memory(
        self,
        address: int,
        size: int,
        position: Position,
        say: Callable[[], None],
        user: State | None = None,
        bits: int = ALL,
    ) -> None:
        """Say who stored last to memory before ``position``, and ``say()`` before that. ``user`` has loaded it.

        Of a word with fields only ``bits`` of it are asked for.
        """
        try:
            store, is_field = last_change(self._replay, address, size, position, bits)
        except (TooFar, Unseen, ValueError) as error:
            say()
            self._end(not_found_words(self._image, error, address), address=address, size=size)
            return
        if store is None:
            say()
            self.steps += initial_steps(self._replay, address, size, is_copy=self._is_copy)
            tell_ignored(self._replay, self.steps, address, size, position)
            is_nobodys = address < LIKELY_NULL or is_foreign_code(self._image, address, user) if user else False
            if user is not None and (is_nobodys or self._is_of_null(user)):
                self._follow_base(user)
            elif user is not None:
                self._follow_index(user)
            return
        if any((one.state.pc, one.address) == (store.state.pc, store.address) for one in self.stores):
            self._end("the same instruction had stored there the time before, too", address=address, size=size)
            return
        stored = stored_by(self._replay, store)
        use = "" if stored is None or user is None else slot_use(self._replay, store, stored, address, size, user)
        if use == KEPT and stored is not None:
            self.follow_register(stored.register, store.state.position)
            return
        if self._is_allocated(store.state):
            return
        say()
        if use == LEFT:
            self._end(
                f"nothing was stored there since the function was entered: it is left over from "
                f"{self._where(store.state)[0].words}, at {self._where(store.state)[1]}",
                address=address, size=size,
            )  # fmt: skip
            tell_overflow(self._replay, self.steps, store.state.position, store.address)
            if user is not None:
                self._follow_base(user)
            return
        if self._is_set_up(store):
            if user is not None and self._is_of_null(user):
                self._follow_base(user)
            elif user is not None:
                self._follow_index(user)
            return
        self.tell_store(store, stored, bits if is_field else ALL)
        if is_link_of_heap(where_is(self._replay)) and not self._began_in_allocator:
            if user is not None:
                self._follow_base(user)
            return
        tell_overflow(self._replay, self.steps, store.state.position, store.address)
        self.noun, self._is_copy, self._store, self._is_changed = "the value", True, store, False
        self._is_derived = False
        if stored is None and self._follow_message(store, address):
            return
        if stored is None and user is not None and exception_taken(self._replay, store):
            self._follow_base(user)  # a frame came over it: whose memory it was meant to be says the pointer
            return
        if stored is None:
            register, state = argument_of(self._replay, self.steps, store, address)
        else:
            register, state = stored.register, store.state
        if register is not None and register != SP:
            self.follow_register(register, state.position, bits)

    def _follow_index(self, user: State) -> None:
        """What a table held from the start was read: say where the index came from that led there."""
        self._replay.traveller.goto(user.position)
        found = effect_at(self._replay, user)
        loads = [one for one in found[1].results.values() if one.kind == LOAD] if found is not None else []
        if found is None or len(loads) != 1:
            return
        index = index_of(self._replay, Definition(user, found[0], loads[0]))
        if index is not None:
            self.noun, self.is_number = f"the {index.noun} {index.number:,}", True
            self._is_copy = self._is_changed = self._is_derived = False
            self.follow_register(index.register, index.position)

    def _is_of_null(self, user: State) -> bool:
        """Whether the pointer that was read through at ``user`` came from near address 0: from nobody's memory."""
        self._replay.traveller.goto(user.position)
        found = effect_at(self._replay, user)
        memory = None if found is None else found[1].memory
        if memory is None or memory.base in (*FRAME_POINTERS, PC):
            return False
        try:
            made = find_pointer(self._replay, memory.base, user.position)
        except (Unknown, TooFar):
            return False
        source = made.source
        if source.kind != LOAD or source.memory is None or source.memory.base == PC:
            return False
        return source.memory.address(made.state.registers, made.state.pc) + source.place & 0xFFFF_FFFF < LIKELY_NULL

    def _follow_base(self, user: State) -> None:
        """What was read is nobody's, or near NULL: say where the pointer came from that it was read through."""
        self._replay.traveller.goto(user.position)
        found = effect_at(self._replay, user)
        if found is not None and found[1].memory is not None and found[1].memory.base not in FRAME_POINTERS:
            kind = "address" if user.registers[found[1].memory.base] else "NULL pointer"
            self.noun = f"the {kind} that it was read through"
            self._is_copy = self._is_changed = self._is_derived = False
            self.follow_register(found[1].memory.base, user.position)

    def _follow_message(self, store: Store, address: int) -> bool:
        """Go on in the sender's memory, where the value came in a message."""
        if store.value is not None or self._replay.story is None:
            return False
        sent = tell_sent(self._replay, self.steps, store, address, word_behind(self._replay, store, address))
        if sent is not None:
            self.follow_memory(sent.address, 4, sent.state.position, lambda: None)
        return sent is not None


def _gives_back(register: int, found: Definition) -> bool:
    """Whether ``found`` only gives back to ``register`` what its function has kept of its caller's."""
    memory = found.source.memory
    return register in CALLEE_SAVED and found.source.kind == LOAD and memory is not None and memory.base == SP


def _is_same(store: Store, address: int, size: int) -> bool:
    """Whether ``store`` has stored to exactly ``size`` bytes at ``address``."""
    return (store.address, store.size) == (address, size)
