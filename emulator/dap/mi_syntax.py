"""GDB's machine interface as text: the lines that GDB writes, read into records, and words quoted for its commands.

The grammar is the GDB manual's, "GDB/MI Output Syntax". A tuple becomes Results, a list a list; the names of a list's
results (``stack=[frame={...},frame={...}]``) say nothing and are dropped. Lines come decoded as Latin-1, one character
a byte: GDB escapes what its host character set does not have, so that only after unescaping the bytes are UTF-8.
"""

from __future__ import annotations

from emulator.annotations import Any, NamedTuple
from emulator.errors import EmulatorError

RESULT, EXEC, STATUS, NOTIFY = "^", "*", "+", "="
CONSOLE, TARGET, LOG = "~", "@", "&"
_STREAMS = CONSOLE + TARGET + LOG
_RECORDS = RESULT + EXEC + STATUS + NOTIFY
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


class MiSyntaxError(EmulatorError):
    """A line that is not of the machine interface."""


class Results(dict[str, Any]):
    """A tuple of GDB's. What should be in it is asked for by its type: another GDB may say something else."""

    def text(self, name: str, default: str = "") -> str:
        """Return the string ``name``, ``default`` when there is none."""
        value = self.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: int | None = None) -> int:
        """Return the number ``name``, decimal or with 0x in front. Raises MiSyntaxError without a default."""
        try:
            return int(self.text(name), 0)
        except ValueError:
            if default is None:
                raise MiSyntaxError(f"GDB's answer has no number {name!r}") from None
            return default

    def part(self, name: str) -> Results:
        """Return the tuple ``name``, an empty one when there is none."""
        value = self.get(name)
        return value if isinstance(value, Results) else Results()

    def parts(self, name: str) -> list[Results]:
        """Return the tuples of the list ``name``."""
        value = self.get(name)
        return [item for item in value if isinstance(item, Results)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        """Return the strings of the list ``name``."""
        value = self.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


class Record(NamedTuple):
    """One line: ``kind`` is its mark, ``name`` its class, ``text`` what a stream record carries."""

    kind: str
    name: str = ""
    token: int | None = None
    results: Results = Results()
    text: str = ""


def parse(line: str) -> Record | None:
    """Return the record of a line (without its end), None for the prompt. Raises MiSyntaxError."""
    if line.rstrip() == "(gdb)":
        return None
    digits = len(line) - len(line.lstrip("0123456789"))
    token = int(line[:digits]) if 0 < digits <= 18 else None
    kind = line[digits : digits + 1]
    if not kind or kind not in _STREAMS + _RECORDS:
        raise MiSyntaxError(f"GDB wrote {line[:60]!r}, which is not of its machine interface")
    scanner = _Scanner(line, digits + 1)
    if kind in _STREAMS:
        return Record(kind, text=scanner.string())
    name = scanner.name()
    return Record(kind, name, token, scanner.results())


class _Scanner:
    """Reads values from ``text`` at ``place``. Nesting is bounded, as GDB shows values of the guest."""

    DEEPEST = 200

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._place = place
        self._depth = 0

    def _at(self, characters: str) -> bool:
        here = self._text[self._place : self._place + 1]
        return here != "" and here in characters

    def _take(self, character: str) -> None:
        if not self._at(character):
            raise MiSyntaxError(f"GDB wrote {self._text[:60]!r}: {character!r} expected at {self._place}")
        self._place += 1

    def name(self) -> str:
        start = self._place
        while self._place < len(self._text) and self._text[self._place] not in '=,{}[]"':
            self._place += 1
        return self._text[start : self._place]

    def results(self) -> Results:
        """Read ``,name=value`` up to the end."""
        found = Results()
        while self._at(","):
            self._place += 1
            self._result(found)
        if self._place != len(self._text):
            raise MiSyntaxError(f"GDB wrote {self._text[:60]!r}: not understood from {self._place} on")
        return found

    def _result(self, found: Results) -> None:
        name = self.name()
        self._take("=")
        found[name] = self._value()

    def _value(self) -> Any:
        self._depth += 1
        if self._depth > self.DEEPEST:
            raise MiSyntaxError(f"GDB wrote a value nested more than {self.DEEPEST} deep")
        value = self.string() if self._at('"') else self._list() if self._at("[") else self._tuple()
        self._depth -= 1
        return value

    def _tuple(self) -> Results:
        found = Results()
        self._take("{")
        while not self._at("}"):
            self._result(found)
            if not self._at("}"):
                self._take(",")
        self._take("}")
        return found

    def _list(self) -> list[Any]:
        found = []
        self._take("[")
        while not self._at("]"):
            if not self._at('"{['):
                self.name()
                self._take("=")
            found.append(self._value())
            if not self._at("]"):
                self._take(",")
        self._take("]")
        return found

    def string(self) -> str:
        """Read a C string."""
        self._take('"')
        text, parts = self._text, []
        while not self._at('"'):
            start = self._place
            while self._place < len(text) and text[self._place] not in '"\\':
                self._place += 1
            parts.append(text[start : self._place])
            if self._at("\\"):
                parts.append(self._escape())
            elif not self._at('"'):
                raise MiSyntaxError(f"GDB wrote {text[:60]!r}: a string without an end")
        self._place += 1
        return "".join(parts).encode("latin-1", "replace").decode("utf-8", "replace")

    def _escape(self) -> str:
        text, start = self._text, self._place + 1
        end = start
        while end < min(len(text), start + 3) and text[end] in "01234567":
            end += 1
        if end > start:
            self._place = end
            return chr(int(text[start:end], 8) & 0xFF)
        self._place = start + 1
        return _SIMPLE.get(text[start : start + 1], text[start : start + 1])


def quote(text: str) -> str:
    """Return ``text`` as one word of a command."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def console(command: str) -> str:
    """Return the command that runs ``command`` as if it were typed."""
    return f"-interpreter-exec console {quote(command)}"
