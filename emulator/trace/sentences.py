"""The events of a trace in words that another build of the program gives again: who did what to whom.

Each kind has one function from the members of its line (docs/trace.md) to (stream, sentence) pairs. No state.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.annotations import Any
from emulator.armv7m.faults import exception_name
from emulator.armv7m.mpu_region import ACCESS_PERMISSIONS, decode_region, describe_data_rights
from emulator.image.cxx_names import readable
from emulator.program_file import printable
from emulator.trace.places import LEAST_POINTER

LIBRARIES = ("rtems_shim/guest/", "newlib/", "libgcc/")
"""How the paths of source lines begin that are not the program's own."""
WAITS = "?"
"""How the names of streams begin that depend on when the clock interrupts."""
ORDER = f"{WAITS}order"
MACHINERY = frozenset(("boot", "start", "fatal", "thread_exit", "thread_restart", "signal_return"))
"""Calls of the guest side's own; other events say what they do."""
TIMES = frozenset(("rtems_clock_get_ticks_since_boot", "alarm"))
"""Calls whose result is a time."""
POINTERS = frozenset(("mmap", "pthread_getspecific", "rtems_object_get_name"))
"""Calls whose result is an address."""
LARGEST_NUMBER = 0x1_0000
DEVICES = 0x4000_0000

_NAMELESS = re.compile(r"\b(semaphore|mutex|condition variable|read-write lock|barrier) 0x[0-9a-f]{8}\b")
"""The address of an object of POSIX on a stack or in the heap, in what a thread waits for."""

Members = dict[str, Any]
Parts = list[tuple[str, str]]


def sentences(members: Members, has_lines: bool) -> Parts:
    """Return the (stream, sentence) pairs of an event; ``has_lines``: the calls of libraries can be told apart."""
    if members["kind"] == "call":
        return _call(members, has_lines)
    words = _KINDS.get(members["kind"])
    return words(members) if words is not None else []


def function_name(symbol: str | None) -> str:
    """Return the function of ``name+0x1c``, as the program calls it: without what the compiler made of it."""
    name = (symbol or "").partition("+0x")[0]
    return readable(re.sub(r"(\.(constprop|isra|part|cold|lto_priv)(\.\d+)?)+$", "", name))


def place_name(symbol: str | None) -> str:
    """Return whose memory ``stack of 0x01+0x10`` or ``object+0x4`` is."""
    return readable((symbol or "").partition("+0x")[0]) or "memory without a name"


def is_own(line: str | None) -> bool:
    """Whether a source line is the program's own."""
    return line is not None and not line.startswith(LIBRARIES)


def describe_rights(rights: int) -> str:
    """Return rights as ``rw``, ``r-``, ``rwx``."""
    return ("r" if rights & 1 else "-") + ("w" if rights & 2 else "-") + ("x" if rights & 4 else "")


def _call(members: Members, has_lines: bool) -> Parts:
    if members["name"] in MACHINERY or (has_lines and not is_own(members["line"])):
        return []
    pointers = members["pointers"]
    shown = [_argument(value, name in pointers, pointers.get(name)) for name, value in members["arguments"].items()]
    stream = f"interrupts of {members['thread_name']}" if members["from_interrupt"] else members["thread_name"]
    if members["from_interrupt"]:
        stream = WAITS + stream
    parts = [(stream, f"{members['name']}({', '.join(shown)})")]
    return parts + _returned(stream, members) if members["result"] is not None else parts


def _argument(value: int | str, is_pointer: bool, name: str | None) -> str:
    is_address = is_pointer and not (isinstance(value, str) and _number(value) < LEAST_POINTER)
    return readable(name or "") or ("*" if is_address else _value(value))


def _returned(stream: str, members: Members) -> Parts:
    name, error = members["name"], members["error"]
    if error is not None:
        return [(stream, f"{name} fails: {error}")]
    if name in POINTERS or name in TIMES:
        return [(stream, f"{name} succeeds")]
    return [(stream, f"{name} returns {_value(members['result'])}")]


def _value(value: int | str) -> str:
    """Return an argument or a result; words that are numbers as numbers."""
    if isinstance(value, str) and 0 <= _number(value) < LARGEST_NUMBER:
        return str(int(value, 16))
    return str(value)


def _number(word: str) -> int:
    """Return the number that a word is, -1 for a text or a name in its stead."""
    return int(word, 16) if word.startswith("0x") else -1


def _result(members: Members) -> Parts:
    return _returned(members["thread_name"], members)


def _block(members: Members) -> Parts:
    return [(WAITS + members["thread_name"], "waits for " + _NAMELESS.sub(r"\1 *", members["reason"]))]


def _wake(members: Members) -> Parts:
    waker = members["waker_name"] or "the clock"
    return [(WAITS + members["thread_name"], f"is woken by {waker}")]


def _copy(members: Members) -> Parts:
    verb = "writes to" if members["access"] == "write" else "reads from"
    place = place_name(members["address_symbol"])
    return [(WAITS + members["subject_name"], f"{verb} {place} for {members['owner_name']}")]


def _priority(members: Members) -> Parts:
    return [(WAITS + members["thread_name"], f"has priority {members['after']}")]


def _switch(members: Members) -> Parts:
    return [(ORDER, f"{members['outgoing_name']} -> {members['heir_name']}")]


def _thread(members: Members) -> Parts:
    name = members["name"] or members["thread"]
    creates = f"creates {name}"
    if int(members["entry"], 16):
        creates += f" to run {function_name(members['entry_symbol']) or 'code without a name'}"
    return [(members["creator_name"], f"{creates} at priority {members['priority']}")]


def _name(members: Members) -> Parts:
    return [(members["thread_name"], f"{members['thread']} is named {members['name']}")]


def _end(members: Members) -> Parts:
    return [(members["thread_name"], "ends")]


def _release(members: Members) -> Parts:
    return [(members["owner_name"], f"stack of {members['owner_name']} is plain memory: {members['via']}")]


def _share(members: Members) -> Parts:
    words = f"share {members['owner_name']} -> {members['target_name']} {describe_rights(members['rights'])}"
    return [(members["caller_name"] or members["target_name"], f"{words}  {members['via']}")]


def _unshare(members: Members) -> Parts:
    words = f"unshare {members['owner_name']} -> {members['target_name']}"
    return [(members["caller_name"] or members["target_name"], f"{words}  {members['via']}")]


def _fault(members: Members) -> Parts:
    words = f"fault {members['cause']}"
    if members["access"] is not None and members["address"] is not None:
        address = members["address"]
        place = address if int(address, 16) >= DEVICES else place_name(members["address_symbol"])
        words += f": {members['access']} of {place}"
    return [(members["thread_name"] or "program", words)]


def _console(members: Members) -> Parts:
    words = f"prints {quoted(members['data'])}"
    channel = "" if members["channel"] == "console" else f" to {members['channel']}"
    return [(members["thread_name"] or "program", words + channel)]


def quoted(text: str) -> str:
    """Return console output, one character a byte, on one line, in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').encode("latin-1", "replace")
    return f'"{printable(escaped.decode("utf-8", "backslashreplace"))}"'


def _fatal(members: Members) -> Parts:
    code = members["code"] if members["code"] < LARGEST_NUMBER else "*"
    return [(members["thread_name"], f"fatal error: source {members['source']}, code {code}")]


def _reset(members: Members) -> Parts:
    return [("program", "the core is reset")]


def _boot(members: Members) -> Parts:
    return [("program", f"the kernel starts with {members['threads']} threads, a tick of {members['tick_us']} us")]


def _mpu(members: Members) -> Parts:
    """Only of programs with their own MPU code: the kernel's regions follow from its shares."""
    if members["region"] < 0:
        return [("program", f"MPU_CTRL {int(members['rasr'], 16):#x}")]
    region = decode_region(int(members["rbar"], 16), int(members["rasr"], 16))
    if not int(members["rasr"], 16) & 1:
        return [("program", f"MPU region {members['region']} is off")]
    rights = ACCESS_PERMISSIONS[region.ap]
    words = f"{describe_data_rights(rights.privileged)}/{describe_data_rights(rights.unprivileged)}"
    words += f" {'XN' if region.xn else 'X'}, SRD {region.srd:#04x}"
    return [("program", f"MPU region {members['region']}: {region.size} bytes, {words}")]


def _return(members: Members) -> Parts:
    return [("program", f"{exception_name(members['exception'])} returns")]


def _absent(members: Members) -> Parts:
    return [("program", f"first {members['access']} of {members['address']}, where nothing is")]


def _foreign(members: Members) -> Parts:
    who, owner = members["thread_name"], members["owner_name"]
    if members["exception"]:
        where = f"in the stack of {owner}" if owner else "outside of its stack"
        return [(who, f"the frame of {exception_name(members['exception'])} is pushed {where}")]
    verb = "reads" if members["access"] == "read" else "writes"
    return [(who, f"{who} {verb} the stack of {owner}")]


def _stimulus(members: Members) -> Parts:
    return [("program", f"from outside ({members['name']}): {members['what']}")]


def _stop(members: Members) -> Parts:
    code = members["guest_exit_code"]
    return [("program", f"the run ends: {members['outcome']}" + ("" if code is None else f", code {code}"))]


_KINDS: dict[str, Callable[[Members], Parts]] = {
    "result": _result,
    "block": _block,
    "wake": _wake,
    "copy": _copy,
    "priority": _priority,
    "switch": _switch,
    "thread": _thread,
    "name": _name,
    "end": _end,
    "release": _release,
    "share": _share,
    "unshare": _unshare,
    "fault": _fault,
    "console": _console,
    "fatal": _fatal,
    "reset": _reset,
    "boot": _boot,
    "absent": _absent,
    "foreign": _foreign,
    "stimulus": _stimulus,
    "stop": _stop,
}
"""What the kernel's own programs and bare ones have in common; exceptions and regions are only a bare program's."""
_BARE: dict[str, Callable[[Members], Parts]] = {"mpu": _mpu, "return": _return}


def bare_sentences(members: Members) -> Parts:
    """Return the (stream, sentence) pairs of an event of a program without the shim's kernel."""
    words = _BARE.get(members["kind"])
    return words(members) if words is not None else sentences(members, True)
