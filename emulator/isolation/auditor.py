"""Compares what the MPU allows with what whoever executes may do, over the whole address space, at each change.

``Rules`` know who executes and what it may: those of a kernel outside the guest (rtems_shim/report/isolation.py), or of
a file (task_rules.py). What the MPU allows is read from its registers, for privileged and for unprivileged code, and
asks nobody who wrote them. The first difference ends the run with an IsolationBroken.

An audit is made when code of a task goes on with another map, as another thread, or by other rules: at the end of each
trap of a personality, of each fault that it resolves, of each exception that returns to Thread mode, and at each store
to the MPU in between; where the guest is its own kernel also when an exception is taken, as CONTROL may have changed.
Not audited is one instruction that executes alone while a personality judges each access of it, and what a kernel does
in between.

What is missing: a map may leave out what a fault fills. So bytes count as missing that ``Rule.needed`` names, and those
of an access that was refused for good though the rules allow it.

State: answers that were given before, bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from emulator.annotations import NamedTuple, Protocol
from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.memory_map import PPB_BASE, PPB_END
from emulator.isolation.spans import Span, first_excess, rights_in, without_ppb
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine import Machine
from emulator.machine.personality import Personality
from emulator.machine.stop import IsolationBroken, StopReason

MOST_ANSWERS = 4096
MOST_MAPS = 256
REFUSED = frozenset(("DACCVIOL", "IACCVIOL", "MSTKERR", "MUNSTKERR", "MLSPERR"))
PRIVILEGES = (True, False)
DATA_RIGHTS = 1 << Access.READ | 1 << Access.WRITE


class Rule(NamedTuple):
    """What ``who`` may do. ``key`` stands for all of it, so that the same question is asked once.

    ``allowed(privileged)`` are the spans of what its code may do at most; None: nothing is said about that privilege.
    ``needed(privileged)`` are those that the map must have at any moment, as no fault can bring them.
    ``is_privileged``: it executes privileged and should not. No MPU keeps it from the Private Peripheral Bus then.
    """

    who: str
    key: Hashable
    allowed: Callable[[bool], Sequence[Span] | None]
    needed: Callable[[bool], Sequence[Span]]
    is_privileged: bool = False


class Rules(Protocol):
    """Who may do what in a program."""

    audits_exceptions: bool
    """Whether to look at each exception, too, its entry and its return: no personality switches the threads."""

    def key(self) -> Hashable:
        """Return the key of the rule of what executes next; None where that takes as long as the rule."""

    def current(self) -> Rule | None:
        """Return the rule of what executes next; None where there is none."""

    def interrupted(self, exc_return: int) -> Rule | None:
        """Return the rule of the thread that an exception has just interrupted; None where there is none."""

    def handler(self) -> Rule | None:
        """Return the rule of the exception handler that executes; None where there is none."""

    def place(self, address: int) -> str:
        """Say what is at ``address``; '' where that is not known."""

    def moment(self) -> str:
        """Say what the personality has just done."""

    def labels(self) -> dict[int, str]:
        """Return what the MPU's regions stand for, by number, where it is known."""


class Auditor:
    """Audits ``machine`` by ``rules``; ``attach`` it, and again after everything that listens was removed."""

    def __init__(self, machine: Machine, rules: Rules) -> None:
        self._machine = machine
        self._rules = rules
        self._answered: set[Hashable] = set()
        self._granted: dict[tuple[Hashable, bool], list[Span]] = {}
        self.is_inside = False
        """Whether the personality is at work: its maps are not in force yet."""

    def attach(self) -> None:
        """Listen from now on."""
        machine = self._machine
        if machine.personality is not None:
            machine.personality = Audited(machine.personality, self)
        if self._rules.audits_exceptions:
            machine.observers.append(self)
            machine.observers.at_once = True
        machine.hear_faults(self._raised)
        machine.hear_maps(self._map_changed)

    # -- when --------------------------------------------------------------------------------------------------------

    def __call__(self, event: Event) -> None:
        """Hear of exceptions."""
        if isinstance(event, ExceptionReturned):
            moment = f"the return from exception {event.exception} to 0x{event.pc:08x}"
            self._check(self._rules.handler() if self._machine.registers.ipsr else self._rules.current(), moment)
        elif isinstance(event, ExceptionTaken) and event.return_address is not None:  # a tail chain comes by a return
            # CONTROL may have changed since: what is stacked tells what the thread had.
            self._check(self._rules.interrupted(event.exc_return), f"code up to 0x{event.return_address:08x}")
            self._check(self._rules.handler(), f"the entry of exception {event.exception}")

    def _map_changed(self) -> None:
        if self.is_inside:
            return
        registers = self._machine.live_registers()
        in_handler = self._rules.audits_exceptions and registers.ipsr
        rule = self._rules.handler() if in_handler else self._rules.current()
        self._check(rule, f"a store to the MPU at 0x{registers.pc:08x}")

    def look(self, moment: str = "") -> None:
        """Audit what executes next. ``moment`` says what happened, '' where the rules know."""
        key = self._rules.key()
        if key is None or (self._machine.mpu.words(False), key) not in self._answered:
            self._check(self._rules.current(), moment)

    # -- what --------------------------------------------------------------------------------------------------------

    def _check(self, rule: Rule | None, moment: str) -> None:
        machine = self._machine
        if rule is None or machine.judges_accesses:
            return
        words = machine.mpu.words(False)
        question = (words, rule.key)
        if question in self._answered:
            return
        for privileged in PRIVILEGES:
            allowed = rule.allowed(privileged)
            if allowed is None:
                continue
            granted = self._spans(words, privileged)
            excess = first_excess(granted, allowed)
            if excess is not None:
                self._end(rule.who, excess, privileged, False, moment)
                return
            missing = first_excess(rule.needed(privileged), granted)
            if missing is not None:
                self._end(rule.who, missing, privileged, True, moment)
                return
        if rule.is_privileged:
            self._end(rule.who, (PPB_BASE, PPB_END, DATA_RIGHTS), True, False, moment)
            return
        if len(self._answered) >= MOST_ANSWERS:
            self._answered.clear()
        self._answered.add(question)

    def _spans(self, words: Hashable, privileged: bool) -> list[Span]:
        """Return what the MPU allows, from its registers."""
        found = self._granted.get((words, privileged))
        if found is None:
            if len(self._granted) >= MOST_MAPS:
                self._granted.clear()
            found = self._granted[words, privileged] = without_ppb(self._machine.mpu.rights_map(privileged))
        return found

    def _raised(self, record: FaultRecord) -> None:
        """An access was refused for good: by the rules, or though they allow it."""
        fault = record.fault
        if self.is_inside or fault.cause.name not in REFUSED or fault.access is None:
            return
        rule = self._rules.current()
        privileged = record.privileged
        allowed = None if rule is None else rule.allowed(privileged)
        if rule is None or allowed is None:
            return
        address, size = record.pc if fault.address is None else fault.address, max(fault.size, 1)
        refused = self._machine.mpu.check(address, size, fault.access, privileged)
        if rights_in(allowed, address, size) >> fault.access & 1 and refused is not None:
            place = (address, address + size, 1 << fault.access)
            self._end(rule.who, place, privileged, True, f"{fault.cause.name} of the instruction at 0x{record.pc:08x}")

    def _end(self, who: str, span: Span, privileged: bool, is_missing: bool, moment: str) -> None:
        """End the run. What the bits say first is what decides about them."""
        machine, rules = self._machine, self._rules
        start, end, rights = span
        access = next(access for access in (Access.WRITE, Access.READ, Access.FETCH) if rights >> access & 1)
        explanation = machine.mpu.explain(start, 1, access, privileged)
        machine.stop(
            IsolationBroken(
                machine.clock.now, who, start, end, rights, privileged, is_missing, rules.place(start),
                moment or rules.moment(), explanation, rules.labels(),
            )
        )  # fmt: skip


class Audited:
    """A personality, and an audit after everything that it does."""

    def __init__(self, personality: Personality, auditor: Auditor) -> None:
        self._personality = personality
        self._auditor = auditor
        self.trap_immediate = personality.trap_immediate

    def trap(self) -> None:
        """See Personality."""
        auditor = self._auditor
        auditor.is_inside = True
        try:
            self._personality.trap()
        finally:
            auditor.is_inside = False
        auditor.look()

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        """See Personality."""
        auditor = self._auditor
        auditor.is_inside = True
        try:
            is_resolved = self._personality.resolve_fault(fault, pc)
        finally:
            auditor.is_inside = False
        if is_resolved:
            auditor.look(f"a region was filled for the instruction at 0x{pc:08x}")
        return is_resolved

    def asleep(self) -> StopReason | None:
        """See Personality."""
        return self._personality.asleep()
