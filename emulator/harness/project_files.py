"""Files of the project that is tested, as paths from the directory where the command runs: what artifacts may name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emulator.annotations import NamedTuple
from emulator.harness.call_stack import Call, CallStack
from emulator.harness.case import Case

GUEST_SIDE = "rtems_shim/guest/"
"""Where debug information says that the start-up code of ``v7m cc`` is."""


class Place(NamedTuple):
    """A call in a file of the project: ``path`` is relative, with slashes."""

    path: str
    call: Call


def project_file(path: str, directory: Path) -> str | None:
    """Return the project's file that a recorded ``path`` is, None where there is none in the current directory.

    Compilers record what they were given: a path from where they ran, which may be ``directory`` or here, or a whole
    one. Nothing outside of the current directory is ever named, whatever the debug information says.
    """
    root = Path.cwd().resolve()
    for candidate in (directory / path, Path(path)):
        try:
            whole = candidate.resolve()
            if whole.is_relative_to(root) and whole.is_file():
                return whole.relative_to(root).as_posix()
        except (OSError, ValueError, RuntimeError):
            continue
    return None


def first_place(stacks: Iterable[CallStack], case: Case) -> Place | None:
    """Return the innermost call that is in a file of the project, of the first stack that has one.

    The start-up code is passed over even where it is the project's own: nobody's mistake is there.
    """
    for call in (call for stack in stacks for call in stack.calls):
        if call.line and not call.path.startswith(GUEST_SIDE):
            path = project_file(call.path, case.directory)
            if path is not None:
                return Place(path, call)
    return None
