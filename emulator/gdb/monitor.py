"""Monitor commands: what GDB has no words for. ``monitor help`` teaches them.

A command is a function of the session and its words; it yields lines. Who puts a debugger together adds commands of its
own (``Monitor.add``): a package that knows threads and stacks, or the report's words.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass

if TYPE_CHECKING:
    from emulator.gdb.session import Session

Do = Callable[["Session", list[str]], Iterable[str]]


class WrongUse(Exception):
    """The command's words make no sense; the message says what they should be."""


def number_of(word: str, what: str) -> int:
    """Return the number that ``word`` is. Raises WrongUse, which says ``what`` it is not."""
    try:
        return int(word.replace(",", ""), 0)
    except ValueError:
        raise WrongUse(f"{word or repr(word)} is no {what}") from None


def address_of(word: str) -> int:
    """Return the address that ``word`` is. Raises WrongUse."""
    address = number_of(word, "address")
    if not 0 <= address <= 0xFFFF_FFFF:
        raise WrongUse(f"{word} is no address of 32 bits")
    return address


@dataclass(frozen=True, slots=True)
class Command:
    """A monitor command: ``name``, its arguments as help shows them, what it does in words, and the function."""

    name: str
    arguments: str
    words: str
    do: Do


class Monitor:
    """The commands of one debugger."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._missing: dict[str, str] = {}
        for command in (
            Command("help", "", "this list", self._help),
            Command("reset", "[halt]", "reset the system and stop at its first instruction; memory stays", _reset),
            Command("restart", "", "begin again, with memory as it was at first", _restart),
            Command("halt", "", "nothing: whenever you can type this the program is stopped", _nothing),
            Command("fault-stop", "on|off", "whether to stop at the instruction that faults (on)", _fault_stop),
            Command("threads", "", "threads, what they do or wait for, and their stacks", _threads),
        ):
            self.add(command)

    def add(self, command: Command) -> None:
        """Let there be ``command``."""
        self._commands[command.name] = command

    def add_missing(self, names: Iterable[str], why: str) -> None:
        """Let who asks for one of these commands read ``why`` they are not there."""
        self._missing.update(dict.fromkeys(names, why))

    def do(self, session: Session, line: str) -> Iterable[str]:
        """Do what ``line`` says; return lines for the user."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            return [f"{error}"]
        if not words:
            return self._help(session, [])
        command = self._commands.get(words[0])
        if command is None and words[0] in self._missing:
            return [f"monitor {words[0]} is not there: {self._missing[words[0]]}"]
        if command is None:
            return [f"there is no monitor command {words[0]!r}; monitor help lists them"]
        try:
            return list(command.do(session, words[1:]))
        except WrongUse as error:
            usage = f"monitor {command.name} {command.arguments}".rstrip()
            return [f"{error}. Use: {usage}" if str(error) else f"Use: {usage}"]

    def _help(self, session: Session, words: list[str]) -> Iterable[str]:
        rows = [(f"{command.name} {command.arguments}".rstrip(), command.words) for command in self._commands.values()]
        width = max(len(left) for left, _ in rows)
        return [f"monitor {left:<{width}}  {right}" for left, right in rows]


def _reset(session: Session, words: list[str]) -> Iterable[str]:
    if words not in ([], ["halt"], ["init"]):
        raise WrongUse
    session.reset()
    return [f"reset; stopped at 0x{session.debugger.machine.registers.pc:08x}"]


def _restart(session: Session, words: list[str]) -> Iterable[str]:
    session.restart()
    return [f"at the beginning; stopped at 0x{session.debugger.machine.registers.pc:08x}"]


def _nothing(session: Session, words: list[str]) -> Iterable[str]:
    return []


def _fault_stop(session: Session, words: list[str]) -> Iterable[str]:
    machine = session.debugger.machine
    if words not in ([], ["on"], ["off"]):
        raise WrongUse
    if words:
        machine.stops_at_faults = words == ["on"]
    return [f"fault-stop is {'on' if machine.stops_at_faults else 'off'}"]


def _threads(session: Session, words: list[str]) -> Iterable[str]:
    current = session.debugger.current
    for thread in session.debugger.threads():
        stack = ""
        if thread.stack is not None:
            base, size = thread.stack
            stack = f"  stack 0x{base:08x}, {size:,} bytes"
            if thread.registers is not None and base <= thread.registers.sp <= base + size:
                stack += f", {base + size - thread.registers.sp:,} in use"
        mark = "*" if thread.number == current else " "
        yield f"{mark} {thread.number:>4}  {thread.name}  {thread.state}{stack}"
