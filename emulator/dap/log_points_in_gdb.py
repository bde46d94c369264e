"""Log points, as GDB's Python runs them: the function ``$_v7m_log(id)`` of their conditions prints, and returns 0.

GDB sources this file; it imports nothing of this project. Expressions in braces are evaluated in the frame of the hit.
"""

import json
import re

import gdb

MARK = "v7m-log-point: "
"""How the adapter knows these lines; session.LOG_MARK."""


class _LogPoints(gdb.Function):  # type: ignore[misc]  # GDB's module has no types
    """The templates by id, with the hits that print: first, every, last."""

    def __init__(self) -> None:
        super().__init__("_v7m_log")
        self.points: dict[int, tuple[str, int, int, int]] = {}
        self.hits: dict[int, int] = {}

    def add(self, number: int, template: str, first: int, every: int, last: int) -> None:
        """Take a log point; ``template`` is its JSON in hexadecimal."""
        self.points[number] = (json.loads(bytes.fromhex(template).decode()), first, every, last)
        self.hits[number] = 0

    def begin_again(self, number: int) -> None:
        """Forget the hits."""
        self.hits[number] = 0

    def invoke(self, value: gdb.Value) -> int:
        """Take a hit; GDB calls this for ``$_v7m_log(value)``."""
        number = int(value)
        template, first, every, last = self.points[number]
        self.hits[number] += 1
        hit = self.hits[number]
        if first <= hit <= last and (hit - first) % every == 0:
            for line in re.sub(r"\{([^{}]*)\}", _evaluate, template).splitlines() or [""]:
                gdb.write(f"{MARK}{line}\n")
        return 0


def _evaluate(match: "re.Match[str]") -> str:
    try:
        return str(gdb.parse_and_eval(match[1]))
    except gdb.error as error:
        return f"<{error}>"


v7m_log_points = _LogPoints()
