"""variables, setVariable, evaluate, setExpression: values as GDB sees them, by its variable objects."""

from __future__ import annotations

import re
from collections.abc import Generator

from emulator.annotations import Any
from emulator.dap.arguments import Arguments, RequestError
from emulator.dap.mi_syntax import Results, console, quote
from emulator.dap.session import Session
from emulator.dap.stack import announce
from emulator.dap.steps import Answer, GdbError, Steps
from emulator.dap.variable_store import Children, Locals, Registers

MOST_CHILDREN = 1000
"""Parts that are shown when the client does not say how many it wants. What has more is an array."""
_FLOATING = re.compile(r"[sdqf]\d+|fp[a-z]+")
_ACCESS = ("public", "protected", "private")
"""Levels between a C++ object and its members, which GDB makes and people do not look for."""
COMMAND_PREFIX = "-exec "
"""What a line begins with in the console that is for GDB, as in VS Code's other debuggers. ``monitor`` needs none."""

_MOVED = re.compile(r"; stopped at 0x[0-9a-f]+\n")
"""What our server says after a command that changes where the program is, such as ``monitor goto``."""
FORGET_REGISTERS = "maintenance flush register-cache"
"""GDB does not know that they changed; our server recommends this command to those who type."""

Variable = dict[str, Any]


def variables(session: Session, arguments: Arguments) -> Steps:
    """variables: what a scope or a structured value holds."""
    reference = arguments.number("variablesReference")
    container = session.variables.find(reference)
    first, count = max(0, arguments.number("start", 0)), max(0, arguments.number("count", 0))
    if container is None:
        raise RequestError("these variables are of an earlier stop; the program went on")
    if isinstance(container, Locals):
        found = yield from _locals(session, reference, container)
    elif isinstance(container, Registers):
        found = yield from _registers(session, container)
    else:
        return {"variables": (yield from _children(session, reference, container, first, count))}
    return {"variables": found[first : first + count] if count else found[first:]}


def _locals(session: Session, reference: int, frame: Locals) -> Generator[str, Answer, list[Variable]]:
    """Return the variables of a frame; of those of one name the innermost is meant."""
    at = f"--thread {frame.thread} --frame {frame.level}"
    answer = yield f"-stack-list-variables {at} --no-values"
    names = dict.fromkeys(found.text("name") for found in answer.results.parts("variables"))
    shown = []
    for name in names:
        try:
            facts = yield from _facts(session, reference, name, at, name)
        except GdbError as error:
            shown.append({"name": name, "value": f"<{error}>", "variablesReference": 0})
            continue
        shown.append(_shown(session, reference, name, _readable(facts), name))
    return shown


def _facts(session: Session, reference: int, name: str, at: str, expression: str) -> Generator[str, Answer, Results]:
    """Return the facts of ``name`` in the container ``reference``: of ``expression`` in the frame ``at``."""
    variable = session.variables.object_of(reference, name)
    if variable is not None:
        return (yield from _again(variable))
    return (yield from _created(session, at, expression))


def _created(session: Session, at: str, expression: str) -> Generator[str, Answer, Results]:
    answer = yield f"-var-create {at} - * {quote(expression)}"
    session.variables.roots[answer.results.text("name")] = at
    return answer.results


def _readable(facts: Results) -> Results:
    """Return ``facts`` of a variable; GDB gives an empty value, and no reason, for one that it cannot read."""
    return facts if facts.text("value") else Results({**facts, "value": "<not readable>", "numchild": "0"})


def _again(variable: str) -> Generator[str, Answer, Results]:
    """Return the facts of a variable object as they are now."""
    yield f"-var-update {quote(variable)}"
    value = yield f"-var-evaluate-expression {quote(variable)}"
    kind = yield f"-var-info-type {quote(variable)}"
    parts = yield f"-var-info-num-children {quote(variable)}"
    return Results({"name": variable, **value.results, **kind.results, **parts.results})


def _children(
    session: Session, reference: int, parent: Children, first: int, count: int
) -> Generator[str, Answer, list[Variable]]:
    last = min(parent.size, first + (count or MOST_CHILDREN))
    shown = yield from (_elements if parent.size > MOST_CHILDREN else _parts)(session, reference, parent, first, last)
    if last < parent.size and not count:
        shown.append({"name": "...", "value": f"{parent.size - last:,} more", "variablesReference": 0})
    return shown


def _elements(
    session: Session, reference: int, parent: Children, first: int, last: int
) -> Generator[str, Answer, list[Variable]]:
    """Return some elements of a large array, each by an expression of its own.

    -var-list-children makes all children of an array whatever range it is asked for, and reads each of them: of an
    array of variable length in front of its initialisation that may be hundreds of millions.
    """
    at = session.variables.frame_of(parent.name)
    answer = yield f"-var-info-path-expression {quote(parent.name)}"
    array = answer.results.text("path_expr")
    shown = []
    for index in range(first, last):
        name, expression = f"[{index}]", f"({array})[{index}]"
        facts = yield from _facts(session, reference, name, at, expression)
        shown.append(_shown(session, reference, name, _readable(facts), expression))
    return shown


def _parts(
    session: Session, reference: int, parent: Children, first: int, last: int
) -> Generator[str, Answer, list[Variable]]:
    """Return some parts of a structured value, as GDB lists them."""
    answer = yield f"-var-list-children --all-values {quote(parent.name)} {first} {last}"
    shown = []
    for child in answer.results.parts("children"):
        name = child.text("exp")
        if name in _ACCESS and "type" not in child:
            members = Children(child.text("name"), child.number("numchild"))
            shown += yield from _children(session, reference, members, 0, 0)
            continue
        try:
            path = yield f"-var-info-path-expression {quote(child.text('name'))}"
            expression = path.results.text("path_expr")
        except GdbError:
            expression = ""
        label = f"[{name}]" if name.isdigit() else name
        shown.append(_shown(session, reference, label, _readable(child), expression))
    return shown


def _shown(session: Session, reference: int, name: str, facts: Results, expression: str) -> Variable:
    """Return a variable object as the client wants it, and remember it by its name."""
    if reference:
        session.variables.note(reference, name, facts.text("name"))
    shown: Variable = {"name": name, **_value(session, facts)}
    if expression:
        shown["evaluateName"] = expression
    return shown


def _value(session: Session, facts: Results) -> Variable:
    value, kind, parts = facts.text("value"), facts.text("type"), facts.number("numchild", 0)
    reference = session.variables.refer(Children(facts.text("name"), parts)) if parts else 0
    shown: Variable = {"value": value or "{...}" if parts else value, "type": kind, "variablesReference": reference}
    if parts:
        shown["indexedVariables" if kind.endswith("]") else "namedVariables"] = parts
    address = re.match(r"(?:\([^()]*\) )?(0x[0-9a-f]+)", value)
    if address and "*" in kind:
        shown["memoryReference"] = address[1]
    return shown


def _registers(session: Session, wanted: Registers) -> Generator[str, Answer, list[Variable]]:
    if not session.register_names:
        answer = yield "-data-list-register-names"
        session.register_names = answer.results.texts("register-names")
    numbers = [
        number
        for number, name in enumerate(session.register_names)
        if name and bool(_FLOATING.fullmatch(name)) == wanted.is_floating
    ]
    if not numbers:
        return []
    shape = "N" if wanted.is_floating else "x"
    at = f"--thread {wanted.thread} --frame {wanted.level}"
    answer = yield f"-data-list-register-values {at} --skip-unavailable {shape} {' '.join(map(str, numbers))}"
    shown = []
    for register in answer.results.parts("register-values"):
        number, value = register.number("number"), register.text("value")
        if number not in numbers:
            continue
        name = session.register_names[number]
        shown.append({"name": name, "value": value, "variablesReference": 0, "evaluateName": f"${name}"})
        if value.startswith("0x") and not wanted.is_floating:
            shown[-1]["memoryReference"] = value
    return shown


def set_variable(session: Session, arguments: Arguments) -> Steps:
    """setVariable: assign the value of a C expression to a variable or a register."""
    reference, name, value = arguments.number("variablesReference"), arguments.text("name"), arguments.text("value")
    container = session.variables.find(reference)
    if isinstance(container, Registers):
        at = f"--thread {container.thread} --frame {container.level}"
        if name not in session.register_names:
            raise RequestError(f"setVariable: there is no register {name!r}")
        yield f"-data-evaluate-expression {at} {quote(f'${name} = ({value})')}"
        for register in (yield from _registers(session, container)):
            if register["name"] == name:
                return {"value": register["value"], "variablesReference": 0}
        raise RequestError(f"setVariable: {name} is not available")
    variable = session.variables.object_of(reference, name)
    if variable is None:
        raise RequestError(f"setVariable: there is no variable {name!r} here")
    answer = yield f"-var-assign {quote(variable)} {quote(value)}"
    return {"value": answer.results.text("value"), "variablesReference": 0}


def set_expression(session: Session, arguments: Arguments) -> Steps:
    """setExpression: assign to what a C expression names."""
    at = session.frame_options(arguments.number("frameId", 0))
    assignment = f"({arguments.text('expression')}) = ({arguments.text('value')})"
    answer = yield f"-data-evaluate-expression {at} {quote(assignment)}"
    return {"value": answer.results.text("value")}


def evaluate(session: Session, arguments: Arguments) -> Steps:
    """evaluate: a C expression; in the console also a command of GDB's, after ``-exec``, or of our server's."""
    expression = arguments.text("expression").strip()
    context = arguments.text("context", "")
    at = session.frame_options(arguments.number("frameId", 0))
    if context == "repl" and (expression.startswith((COMMAND_PREFIX, "monitor ")) or expression == "monitor"):
        return (yield from _command(session, arguments, expression.removeprefix(COMMAND_PREFIX).strip()))
    if not expression:
        return {"result": "", "variablesReference": 0}
    if session.is_running:
        raise RequestError("evaluate: the program is running; pause it first", "notStopped")
    try:
        facts = yield from _created(session, at, expression)
    except GdbError:
        answer = yield f"-data-evaluate-expression {at} {quote(expression)}"  # says what is wrong with it
        return {"result": answer.results.text("value"), "variablesReference": 0}
    if not facts.text("value"):
        yield f"-data-evaluate-expression {at} {quote(expression)}"  # as above
    shown = _value(session, facts)
    shown["result"] = shown.pop("value")
    return shown


def _command(session: Session, arguments: Arguments, command: str) -> Steps:
    """Give GDB a command in the frame that the client looks at, and return what it prints."""
    if session.is_running:
        raise RequestError("evaluate: the program is running; pause it first", "notStopped")
    frame = arguments.number("frameId", 0)
    if frame:
        thread, level = session.frames[frame - 1]
        yield f"-thread-select {thread}"
        yield f"-stack-select-frame {level}"
    answer = yield console(command)
    text = answer.console + answer.target + answer.log
    if _MOVED.search(answer.target):
        yield console(FORGET_REGISTERS)
        session.add_job(announce(session, "goto"))
        text = "\n".join(line for line in text.splitlines() if FORGET_REGISTERS not in line)
    return {"result": text.rstrip("\n"), "variablesReference": 0}
