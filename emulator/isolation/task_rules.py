"""What the tasks of a program with a kernel of its own may do, as a file of rules says. Fulfils auditor.Rules.

docs/isolation.md explains the file, rules_file.py reads it. A task is known by the stack that it runs on (PSP, or MSP),
by a word of the program's that says who is current, or by both; the first task that fits is it. Code in Thread mode on
PSP that is no task's has no rights. State: none but the file's.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from emulator.annotations import NamedTuple
from emulator.armv7m.core import CONTROL_NPRIV, CONTROL_SPSEL
from emulator.errors import GuestAccessError
from emulator.isolation.auditor import Rule
from emulator.isolation.spans import Span
from emulator.machine.machine import Machine

EXC_RETURN_THREAD = 1 << 3
EXC_RETURN_PSP = 1 << 2


class Task(NamedTuple):
    """One task. ``stack`` is where PSP is while it runs, ``current`` what the word of the current task is then.

    ``may`` are its rights, with everyone's. A ``privileged`` one has them for privileged code. With ``lazy`` its map
    may leave out what a fault brings.
    """

    name: str
    may: Sequence[Span]
    stack: tuple[int, int] | None = None
    current: int | None = None
    on_main_stack: bool = False
    privileged: bool = False
    lazy: bool = False


class TaskRules:
    """The rules of ``tasks`` on ``machine``.

    ``current`` is the address of the word that says who is current; ``handlers`` are the rights of exception handlers.
    None: there is no such word; nothing is said of handlers.
    """

    audits_exceptions = True

    def __init__(
        self, machine: Machine, tasks: Sequence[Task], current: int | None, handlers: Sequence[Span] | None
    ) -> None:
        self._machine = machine
        self._tasks = tasks
        self._current = current
        self._handlers = handlers

    def key(self) -> Hashable:
        """The rule itself is as near."""
        return None

    def current(self) -> Rule | None:
        """Return what the task may do that Thread mode goes on with."""
        registers = self._machine.live_registers()
        return self._rule(bool(registers.control & CONTROL_SPSEL), registers.psp, registers.control)

    def interrupted(self, exc_return: int) -> Rule | None:
        """Return what the task may do that an exception has interrupted: its frame is stacked."""
        if not exc_return & EXC_RETURN_THREAD:
            return None
        registers = self._machine.registers
        return self._rule(bool(exc_return & EXC_RETURN_PSP), registers.psp, registers.control)

    def handler(self) -> Rule | None:
        """Return what handlers may do: they are privileged."""
        handlers = self._handlers
        if handlers is None:
            return None
        return Rule("the exception handler", "handler", lambda p: handlers if p else None, lambda p: ())

    def _rule(self, on_psp: bool, psp: int, control: int) -> Rule | None:
        task = self._task(on_psp, psp)
        if task is None and not on_psp:
            return None  # start-up code, which sets up the MPU
        if task is None:
            return Rule(f"code on the stack at 0x{psp:08x}, no task of the rules,", "none", lambda p: (), lambda p: ())
        privileged = not control & CONTROL_NPRIV

        def allowed(as_privileged: bool) -> Sequence[Span] | None:
            return task.may if not as_privileged or task.privileged or privileged else None

        def needed(as_privileged: bool) -> Sequence[Span]:
            return task.may if not task.lazy and as_privileged == task.privileged else ()

        return Rule(task.name, (task.name, privileged), allowed, needed, privileged and not task.privileged)

    def _task(self, on_psp: bool, psp: int) -> Task | None:
        word = self._word()
        for task in self._tasks:
            if task.on_main_stack == on_psp:
                continue
            if task.stack is not None and not task.stack[0] <= psp <= task.stack[1]:
                continue
            if task.current is None or task.current == word:
                return task
        return None

    def _word(self) -> int | None:
        if self._current is None:
            return None
        try:
            return int.from_bytes(self._machine.peek(self._current, 4), "little")
        except GuestAccessError:
            return None

    def place(self, address: int) -> str:
        """Return the program's name for what is at ``address``."""
        symbols = self._machine.image.symbols
        if symbols.find(address) is not None:
            return symbols.describe(address)
        device = self._machine.bus.device_name(address)
        return "" if device is None else f"in {device}"

    def labels(self) -> dict[int, str]:
        """Nobody says what the regions are for."""
        return {}

    def moment(self) -> str:
        """The auditor always knows."""
        return ""
