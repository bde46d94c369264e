"""readMemory, writeMemory, disassemble: bytes, and the instructions that they are."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterator
from contextlib import suppress

from emulator.annotations import Any
from emulator.dap.arguments import Arguments, RequestError
from emulator.dap.breakpoints import read_address
from emulator.dap.mi_syntax import Results
from emulator.dap.session import Session
from emulator.dap.steps import Answer, GdbError, Steps

MOST_BYTES = 1 << 20
"""Bytes of one answer; a client asks again for more."""
MOST_INSTRUCTIONS = 5000
LONGEST = 4
"""Bytes of the longest instruction."""
TOP = 1 << 32


def read_memory(session: Session, arguments: Arguments) -> Steps:
    """readMemory: as much as there is from the address on."""
    address = read_address(arguments.text("memoryReference"), arguments) + arguments.number("offset", 0)
    wanted = min(max(0, arguments.number("count")), MOST_BYTES)
    if not 0 <= address < TOP:
        return {"address": f"{max(0, address):#x}", "unreadableBytes": wanted}
    data = yield from _read(address, min(wanted, TOP - address))
    body: dict[str, Any] = {"address": f"{address:#x}", "data": base64.b64encode(data).decode("ascii")}
    if len(data) < wanted:
        body["unreadableBytes"] = wanted - len(data)
    return body


def _read(address: int, count: int) -> Generator[str, Answer, bytes]:
    """Return the bytes at ``address``, up to the first that cannot be read."""
    if count == 0:
        return b""
    try:
        answer = yield f"-data-read-memory-bytes {address:#x} {count}"
    except GdbError:
        return b""
    data = b""
    for block in answer.results.parts("memory"):
        if block.number("begin") == address + len(data):
            with suppress(ValueError):
                data += bytes.fromhex(block.text("contents"))
    return data


def write_memory(session: Session, arguments: Arguments) -> Steps:
    """writeMemory: all of it, or an error."""
    address = read_address(arguments.text("memoryReference"), arguments) + arguments.number("offset", 0)
    try:
        data = base64.b64decode(arguments.text("data"), validate=True)
    except (ValueError, binascii.Error):
        raise RequestError("writeMemory: 'data' is not base64") from None
    if not 0 <= address <= TOP - len(data):
        raise RequestError("writeMemory: outside the address space")
    if data:
        yield f"-data-write-memory-bytes {address:#x} {data.hex()}"
    session.event("memory", {"memoryReference": f"{address:#x}", "offset": 0, "count": len(data)})
    return {"bytesWritten": len(data)}


def disassemble(session: Session, arguments: Arguments) -> Steps:
    """disassemble: exactly as many instructions as asked for; those that cannot be read are marked."""
    address = read_address(arguments.text("memoryReference"), arguments) + arguments.number("offset", 0)
    before = -min(0, max(-MOST_INSTRUCTIONS, arguments.number("instructionOffset", 0)))
    skipped = max(0, min(MOST_INSTRUCTIONS, arguments.number("instructionOffset", 0)))
    count = min(MOST_INSTRUCTIONS, max(0, arguments.number("instructionCount")))
    start = min(max(0, address), TOP - 2) & ~1
    earlier = (yield from _before(session, start, before)) if before else []
    later = yield from _from(session, start, max(0, count - before) + skipped)
    return {"instructions": [*earlier, *later[skipped:]][:count]}


def _before(session: Session, address: int, count: int) -> Generator[str, Answer, list[dict[str, Any]]]:
    """Return the ``count`` instructions before ``address``.

    Backwards nobody knows where an instruction begins. Decoding falls into step with the code after a few of them, so
    it begins earlier, and what does not end right at ``address`` begins two bytes later.
    """
    for shift in (0, 2):
        start = max(0, address - LONGEST * (count + 4) + shift)
        found = [one for one in (yield from _decode(session, start, address)) if int(one["address"], 0) < address]
        if found and int(found[-1]["address"], 0) + _length(found[-1]) == address:
            break
    else:
        found = []
    found = found[-count:]
    lowest = int(found[0]["address"], 0) if found else address
    missing = [_unreadable(lowest - 2 * back) for back in range(count - len(found), 0, -1)]
    return [*missing, *found]


def _from(session: Session, address: int, count: int) -> Generator[str, Answer, list[dict[str, Any]]]:
    """Return the ``count`` instructions from ``address`` on."""
    if count == 0:
        return []
    found = yield from _decode(session, address, min(TOP, address + LONGEST * count))
    found = found[:count]
    highest = int(found[-1]["address"], 0) + _length(found[-1]) if found else address
    return [*found, *(_unreadable(highest + 2 * ahead) for ahead in range(count - len(found)))]


def _length(instruction: dict[str, Any]) -> int:
    return len(instruction["instructionBytes"].split())


def _unreadable(address: int) -> dict[str, Any]:
    return {"address": f"{address % TOP:#x}", "instruction": "(not readable)", "presentationHint": "invalid"}


def _decode(session: Session, start: int, end: int) -> Generator[str, Answer, list[dict[str, Any]]]:
    """Return the instructions of the readable memory from ``start`` up to ``end``."""
    readable = len((yield from _read(start, min(end - start, MOST_BYTES))))
    if readable < 2:
        return []
    try:
        answer = yield f"-data-disassemble -s {start:#x} -e {start + readable:#x} -- 5"
    except GdbError:
        return []
    return sorted(_instructions(session, answer.results.parts("asm_insns")), key=lambda one: int(one["address"], 0))


def _instructions(session: Session, rows: list[Results]) -> Iterator[dict[str, Any]]:
    """Yield the instructions of GDB's rows, which are instructions or lines of source with theirs."""
    for row in rows:
        line, path = row.number("line", 0), session.sources.path(row)
        for number, one in enumerate(row.parts("line_asm_insn") if line else [row]):
            shown = _instruction(one)
            if number == 0 and path is not None and line:
                shown["location"] = {"name": path.rpartition("/")[2], "path": path}
                shown["line"] = line - 1 + session.client.first_line
            yield shown


def _instruction(one: Results) -> dict[str, Any]:
    shown = {
        "address": f"{one.number('address'):#x}",
        "instructionBytes": one.text("opcodes"),
        "instruction": one.text("inst").replace("\t", " "),
    }
    if "func-name" in one:
        shown["symbol"] = f"{one.text('func-name')}+{one.text('offset', '0')}"
    return shown
