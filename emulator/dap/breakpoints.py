"""setBreakpoints and its kin: the client's breakpoints become GDB's, one by one, and each answer says what became.

A log point is a breakpoint whose condition prints, and is false: GDB then goes on with what it was doing, a step, a
finish or a run backwards, as if nothing had been there. See log_points_in_gdb.py.
"""

from __future__ import annotations

import json
from collections.abc import Generator

from emulator.annotations import Any
from emulator.dap.arguments import Arguments, RequestError
from emulator.dap.breakpoints_table import ENDLESS, Breakpoint, HitCondition, Wanted, read_hit_condition
from emulator.dap.mi_syntax import MiSyntaxError, Results, console, quote
from emulator.dap.session import Session
from emulator.dap.steps import Answer, GdbError, Steps

MOST = 1000
"""Breakpoints of one request."""
_WATCHES = {"write": "", "read": "-r ", "readWrite": "-a "}
_TYPES = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int", 8: "unsigned long long"}


def set_breakpoints(session: Session, arguments: Arguments) -> Steps:
    """setBreakpoints: those of one source file."""
    path = arguments.part("source").text("path", "")
    if not path:
        raise RequestError("setBreakpoints: the source has no path; code without a file takes instruction breakpoints")
    wanted = []
    for item in _items(arguments):
        line = item.number("line") + 1 - session.client.first_line
        wanted.append((str(line), _wanted(item, str(line))))
    file = session.sources.find(path)
    places = {line: f"--source {quote(file)} --line {line}" if file else None for line, _ in wanted}
    why = f"{path} is not among the files that the program was built from"
    return (yield from _replace(session, f"source {path}", [one for _, one in wanted], "breakpoint", places, why))


def set_function_breakpoints(session: Session, arguments: Arguments) -> Steps:
    """setFunctionBreakpoints: at the beginning of functions, after their frame is set up."""
    names = [(item.line_of_text("name").strip(), item) for item in _items(arguments)]
    wanted = [_wanted(item, name) for name, item in names]
    places = {name: f"--function {quote(name)}" if name else None for name, _ in names}
    why = "a function without a name"
    return (yield from _replace(session, "functions", wanted, "function breakpoint", places, why))


def set_instruction_breakpoints(session: Session, arguments: Arguments) -> Steps:
    """setInstructionBreakpoints: at addresses."""
    wanted = []
    for item in _items(arguments):
        address = read_address(item.text("instructionReference"), item) + item.number("offset", 0)
        wanted.append(_wanted(item, f"{address & 0xFFFFFFFF:#x}"))
    places = {one.place: f"*{one.place}" for one in wanted}
    return (yield from _replace(session, "instructions", wanted, "instruction breakpoint", places, ""))


def set_data_breakpoints(session: Session, arguments: Arguments) -> Steps:
    """setDataBreakpoints: on bytes of memory, by the ids that dataBreakpointInfo gave out."""
    wanted, places = [], {}
    for item in _items(arguments):
        access = item.text("accessType", "write")
        place = f"{access} {item.text('dataId')}"
        wanted.append(_wanted(item, place))
        places[place] = _watch(item, access)
    return (yield from _replace(session, "data", wanted, "data breakpoint", places, "there is nothing to watch"))


def data_breakpoint_info(session: Session, arguments: Arguments) -> Steps:
    """dataBreakpointInfo: the bytes of a variable or of an expression. Their id is ADDRESS/SIZE."""
    name = arguments.text("name")
    if arguments.flag("asAddress"):
        address, size = read_address(name, arguments), arguments.number("bytes", 4)
    else:
        expression = yield from _expression(session, arguments, name)
        at = session.frame_options(arguments.number("frameId", 0))
        try:
            answer = yield f"-data-evaluate-expression {at} {quote(f'(unsigned long)&({expression})')}"
            address = answer.results.number("value")
            answer = yield f"-data-evaluate-expression {at} {quote(f'(unsigned long)sizeof({expression})')}"
            size = answer.results.number("value")
        except (GdbError, MiSyntaxError) as error:
            return {"dataId": None, "description": f"{name} is not in memory: {error}"}
    data = f"{address:#x}/{size}"
    session.breakpoints.names[data] = name
    return {
        "dataId": data,
        "description": f"{name} ({size} {'byte' if size == 1 else 'bytes'} at {address:#x})",
        "accessTypes": ["read", "write", "readWrite"],
        "canPersist": True,
    }


def set_exception_breakpoints(session: Session, arguments: Arguments) -> Steps:
    """setExceptionBreakpoints: whether a fault stops the program before its handler runs."""
    chosen = "faults" in arguments.texts("filters")
    filters = [item.text("filterId") for item in arguments.objects("filterOptions")]
    session.stops_at_faults = (chosen or "faults" in filters) and not session.is_run_only
    yield from tell_fault_stop(session)
    return {"breakpoints": [{"verified": True} for _ in range(len(arguments.texts("filters")) + len(filters))]}


def tell_fault_stop(session: Session) -> Generator[str, Answer, None]:
    """Tell our server whether faults stop; another server has no such choice."""
    try:
        yield console(f"monitor fault-stop {'on' if session.stops_at_faults else 'off'}")
    except GdbError:
        return


def read_address(text: str, arguments: Arguments) -> int:
    """Return the address that a memory reference says. Raises RequestError."""
    try:
        address = int(text, 0)
    except ValueError:
        address = -1
    if not 0 <= address < 1 << 32:
        raise RequestError(f"{arguments.of}: {text!r} is not an address")
    return address


def _items(arguments: Arguments) -> list[Arguments]:
    items = arguments.objects("breakpoints")
    if len(items) > MOST:
        raise RequestError(f"{arguments.of}: more than {MOST:,} breakpoints")
    return items


def _wanted(item: Arguments, place: str) -> Wanted:
    texts = [item.text(name, "") for name in ("condition", "hitCondition", "logMessage")]
    return Wanted(place, *(text.strip() for text in texts))


def _watch(item: Arguments, access: str) -> str | None:
    """Return the rest of -break-watch for the bytes of ``item``."""
    address, _, size = item.text("dataId").partition("/")
    if access not in _WATCHES or not size.isdigit() or not 0 < int(size) <= 1 << 16:
        return None
    place = read_address(address, item)
    kind = _TYPES.get(int(size))
    value = f"*({kind} *) {place:#x}" if kind else f"*(unsigned char (*)[{int(size)}]) {place:#x}"
    return f"{_WATCHES[access]}{quote(value)}"


def _expression(session: Session, arguments: Arguments, name: str) -> Generator[str, Answer, str]:
    """Return the C expression of a variable that is shown, or ``name`` itself."""
    variable = session.variables.object_of(arguments.number("variablesReference", 0), name)
    if variable is None:
        return name
    answer = yield f"-var-info-path-expression {quote(variable)}"
    return answer.results.text("path_expr", name)


def _replace(
    session: Session, group: str, wanted: list[Wanted], reason: str, places: dict[str, Any], why_not: str
) -> Steps:
    """Make the breakpoints of ``group`` those ``wanted``, and return what became of each.

    ``places`` are the arguments of -break-insert (or -break-watch) by place, None where there is none, as ``why_not``
    says.
    """
    kept: dict[Wanted, Breakpoint] = {found.wanted: found for found in session.breakpoints.group(group) if found.number}
    for found in session.breakpoints.group(group):
        if found.number is not None and found.wanted not in wanted:
            yield f"-break-delete {found.number}"
            found.number = None
    breakpoints = []
    for one in wanted:
        found = kept.get(one) or session.breakpoints.new(one, reason)
        breakpoints.append(found)
        session.breakpoints.replace(group, breakpoints)
        if found.number is None:
            place = places[one.place]
            if place is None:
                found.message = why_not
            else:
                yield from _insert(session, found, place)
    session.breakpoints.replace(group, breakpoints)
    return {"breakpoints": [_describe(session, found) for found in breakpoints]}


def _insert(session: Session, found: Breakpoint, place: str) -> Generator[str, Answer, None]:
    """Give a breakpoint to GDB, or say in its message why that failed."""
    try:
        found.hit_condition = read_hit_condition(found.wanted.hits) if found.wanted.hits else None
        condition = yield from _condition(session, found)
        is_watch = found.reason == "data breakpoint"
        answer = yield f"-break-watch {place}" if is_watch else f"-break-insert {_options(found, condition)}{place}"
        found.facts = _facts(answer)
        found.number = found.facts.number("number")
        if is_watch:
            yield from _restrict(found, condition)
    except (GdbError, MiSyntaxError, RequestError) as error:
        found.message = str(error)
        if found.number is not None:
            yield f"-break-delete {found.number}"
            found.number = None


def _facts(answer: Answer) -> Results:
    """Return what GDB says of a new breakpoint; of several places the first one says where it is."""
    facts = answer.results.part(next(iter(answer.results), ""))
    locations = [] if "line" in facts else facts.parts("locations")
    return Results({**locations[0], **facts}) if locations else facts


def _condition(session: Session, found: Breakpoint) -> Generator[str, Answer, str]:
    """Return what GDB checks at each hit. A log point's last part prints, and is false."""
    condition = found.wanted.condition
    if not found.wanted.log:
        return condition
    if not session.python:
        raise RequestError("log points need a GDB with Python; this one has none")
    hits = found.hit_condition or HitCondition(1)
    template = json.dumps(found.wanted.log).encode("ascii").hex()
    yield console(f"python v7m_log_points.add({found.id}, '{template}', {hits.first}, {hits.every}, {hits.last})")
    log = f"$_v7m_log({found.id})"
    return f"({condition}) && {log}" if condition else log


def _first_ignored(found: Breakpoint) -> int:
    """Return how many hits GDB passes over in the beginning."""
    return 0 if found.hit_condition is None or found.wanted.log else found.hit_condition.first - 1


def _options(found: Breakpoint, condition: str) -> str:
    ignored = _first_ignored(found)
    return (f"-c {quote(condition)} " if condition else "") + (f"-i {ignored} " if ignored else "")


def _restrict(found: Breakpoint, condition: str) -> Generator[str, Answer, None]:
    if condition:
        yield f"-break-condition {found.number} {condition}"
    if ignored := _first_ignored(found):
        yield f"-break-after {found.number} {ignored}"


def _describe(session: Session, found: Breakpoint) -> dict[str, Any]:
    """Return the client's view of a breakpoint."""
    if found.number is None:
        return {"id": found.id, "verified": False, "message": found.message}
    shown: dict[str, Any] = {"id": found.id, "verified": True}
    line, address = found.facts.number("line", 0), found.facts.text("addr")
    if line:
        shown["line"] = line - 1 + session.client.first_line
        path = session.sources.path(found.facts)
        if path is not None:
            shown["source"] = {"name": path.rpartition("/")[2], "path": path}
    if address.startswith("0x"):
        shown["instructionReference"] = address
    return shown


def count_hit(found: Breakpoint) -> Generator[str, Answer, None]:
    """Note a hit that stopped, and tell GDB which hits come next."""
    condition = found.hit_condition
    if condition is None or found.number is None:
        return
    found.hits = condition.first if found.hits == 0 else found.hits + condition.every
    if condition.last != ENDLESS and found.hits >= condition.last:
        yield f"-break-disable {found.number}"
    elif condition.every > 1:
        yield f"-break-after {found.number} {condition.every - 1}"


def begin_again(session: Session) -> Generator[str, Answer, None]:
    """Forget all hits: the program starts anew."""
    for found in session.breakpoints.all():
        if found.hit_condition is None or found.number is None:
            continue
        found.hits = 0
        if found.wanted.log:
            yield console(f"python v7m_log_points.begin_again({found.id})")
        else:
            yield f"-break-enable {found.number}"
            yield f"-break-after {found.number} {_first_ignored(found)}"
