"""Reads the simple TOML that boards are written in; whatever else a file holds is left to tomllib.

Importing tomllib takes longer than many a run. Understood are lines: comments, ``[table]``, ``[[row]]``,
``[row.table]``, and ``key = value`` with texts without escapes, integers, true and false, flat lists of these, and
tables of these and of such lists.
"""

from __future__ import annotations

from emulator.annotations import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class _NotPlain(Exception):
    """tomllib has to be asked."""


def read_plainly(text: str) -> dict[str, Any] | None:
    """Return what tomllib.loads returns, or None where it has to be asked: mistakes are among what it reads."""
    if not text.replace("\n", "").isprintable():
        return None
    tables = _Tables()
    try:
        for line in text.split("\n"):
            line = line.strip(" ")
            if line[:1] == "[":
                tables.open(line)
            elif line and line[0] != "#":
                _put(tables.current, line)
    except _NotPlain:
        return None
    return tables.root


class _Tables:
    """The tables read so far; ``current`` takes the next keys."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.current = self.root
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def open(self, line: str) -> None:
        """Begin the table that a line in brackets names."""
        if line[:2] == "[[" and line[-2:] == "]]":
            self._open_row(_bare(line[2:-2]))
            return
        if line[-1] != "]":
            raise _NotPlain
        outer, dot, name = line[1:-1].rpartition(".")
        above = self.root
        if dot:
            if outer not in self._rows:
                raise _NotPlain
            above = self._rows[outer][-1]
        self.current = {}
        _add(above, name, self.current)

    def _open_row(self, name: str) -> None:
        if name not in self._rows:
            self._rows[name] = []
            _add(self.root, name, self._rows[name])
        self.current = {}
        self._rows[name].append(self.current)


def _bare(name: str) -> str:
    if not name or not _BARE.issuperset(name):
        raise _NotPlain
    return name


def _add(table: dict[str, Any], name: str, value: object) -> None:
    if name in table:
        raise _NotPlain
    table[_bare(name)] = value


def _put(table: dict[str, Any], line: str) -> None:
    """Add what a line ``key = value`` says."""
    name, _, text = line.partition("=")
    text = text.strip(" ")
    value: object
    if text[:1] == "{" and text[-1] == "}":
        inner: dict[str, Any] = {}
        for item in _joined_lists(_items(text)):
            key, _, inner_text = item.partition("=")
            _add(inner, key.strip(" "), _flat(inner_text.strip(" ")))
        value = inner
    else:
        value = _flat(text)
    _add(table, name.strip(" "), value)


def _items(text: str) -> list[str]:
    """Return the parts of a list or table; a text with a comma in it falls apart into parts that are no texts."""
    return text[1:-1].split(",") if text[1:-1].strip(" ") else []


def _joined_lists(items: list[str]) -> list[str]:
    """Return the parts of a table, whose lists have fallen apart at their commas, too."""
    joined: list[str] = []
    is_open = False
    for item in items:
        if is_open:
            joined[-1] += f",{item}"
        else:
            joined.append(item)
        is_open = joined[-1].count("[") > joined[-1].count("]")
    return joined


def _flat(text: str) -> object:
    if text[:1] == "[" and text[-1] == "]":
        return [_scalar(item) for item in _items(text)]
    return _scalar(text)


def _scalar(text: str) -> str | int:
    """Return a text, a truth value or an integer."""
    text = text.strip(" ")
    if text[:1] == '"' and text[-1] == '"' and len(text) > 1 and not ('"' in text[1:-1] or "\\" in text):
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    is_decimal = text[:1] in tuple("123456789") or text == "0"
    if text.isascii() and (is_decimal or (text[:2] == "0x" and text[2:3] != "_")):
        try:
            return int(text, 0)
        except ValueError:
            pass
    raise _NotPlain
