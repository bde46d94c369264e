"""The arguments of a request, which a client may have got wrong: each is asked for with the type that it must have."""

from __future__ import annotations

from emulator.annotations import Any
from emulator.errors import EmulatorError

_MISSING: Any = object()


class RequestError(EmulatorError):
    """The request cannot be done. The message is one line for the user; ``kind`` is what a client may test for."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind


class Arguments:
    """An object of JSON by field. Every question raises RequestError when the field has another type."""

    def __init__(self, values: object, of: str) -> None:
        if values is None:
            values = {}
        if not isinstance(values, dict):
            raise RequestError(f"{of}: the arguments are not an object")
        self.of = of
        self.values: dict[str, Any] = values

    def _get(self, name: str, kind: type, words: str, default: Any) -> Any:
        value = self.values.get(name)
        if value is None:
            if default is _MISSING:
                raise RequestError(f"{self.of}: {name!r} is missing")
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise RequestError(f"{self.of}: {name!r} must be {words}, not {str(value)[:40]!r}")
        return value

    def text(self, name: str, default: Any = _MISSING) -> str:
        """Return a string, without what no line of GDB's can hold."""
        text: str = self._get(name, str, "a string", default)
        if "\0" in text:
            raise RequestError(f"{self.of}: {name!r} holds a NUL character")
        return text

    def line_of_text(self, name: str, default: Any = _MISSING) -> str:
        """Return a string without line ends."""
        text = self.text(name, default)
        if "\n" in text or "\r" in text:
            raise RequestError(f"{self.of}: {name!r} must be one line")
        return text

    def number(self, name: str, default: Any = _MISSING) -> int:
        """Return an integer that 64 bits hold."""
        number: int = self._get(name, int, "an integer", default)
        if not -(1 << 63) <= number < 1 << 63:
            raise RequestError(f"{self.of}: {name!r} is out of range")
        return number

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a truth value."""
        flag: bool = self._get(name, bool, "true or false", default)
        return flag

    def texts(self, name: str) -> list[str]:
        """Return a list of strings, each of one line; an absent one is empty."""
        found = self._get(name, list, "a list", [])
        return [Arguments({name: item}, self.of).line_of_text(name) for item in found]

    def objects(self, name: str) -> list[Arguments]:
        """Return a list of objects; an absent one is empty."""
        return [Arguments(item, f"{self.of}, {name}") for item in self._get(name, list, "a list", [])]

    def part(self, name: str) -> Arguments:
        """Return the object ``name``, an empty one when absent."""
        return Arguments(self._get(name, dict, "an object", {}), f"{self.of}, {name}")
