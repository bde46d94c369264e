"""Takes typed values out of the tables of a board file; a mistake is a line with the file, the key and the remedy."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.annotations import Any
from emulator.board.board import suggestion
from emulator.errors import ConfigError
from emulator.program_file import printable


class Reader:
    """Takes typed values out of tables; ``where`` names the file and the table in messages."""

    def __init__(self, where: str) -> None:
        self.where = where

    def inside(self, what: str) -> Reader:
        """Return a reader of a part of the file."""
        return Reader(f"{self.where}: {what}")

    def error(self, key: str, problem: str, remedy: str) -> ConfigError:
        """Return the error of a key."""
        return ConfigError(f"{self.where}: {key}: {problem}. {remedy.rstrip('.')}{'' if remedy.endswith('?') else '.'}")

    def number(self, table: Mapping[str, Any], key: str, default: int | None = None, highest: int = 0xFFFF_FFFF) -> int:
        """Return a number from 0 to ``highest``."""
        value = self._value(table, key, default)
        if type(value) is not int or not 0 <= value <= highest:
            most = f"0x{highest:x}" if highest > 9999 else str(highest)
            raise self.error(key, f"must be a number from 0 to {most}, not {shown(value)}", "Change it")
        return value

    def text(self, table: Mapping[str, Any], key: str, default: str | None = None, longest: int = 200) -> str:
        """Return a text of one line."""
        value = self._value(table, key, default)
        if not isinstance(value, str) or not value.isprintable() or len(value) > longest:
            raise self.error(key, f"must be a text of one line, not {shown(value)}", "Put it in quotes")
        return value

    def flag(self, table: Mapping[str, Any], key: str, default: bool) -> bool:
        """Return true or false."""
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {shown(value)}", "Change it")
        return value

    def numbers(self, table: Mapping[str, Any], key: str, default: tuple[int, ...] | None = ()) -> tuple[int, ...]:
        """Return a list of numbers."""
        values = self._value(table, key, default)
        if not isinstance(values, (list, tuple)) or len(values) > 64:
            raise self.error(key, f"must be a list of numbers, not {shown(values)}", "Write it as [1, 2]")
        return tuple(self.number({f"{key}[{i}]": value}, f"{key}[{i}]") for i, value in enumerate(values))

    def names(self, key: str, values: Any) -> list[str]:
        """Return a list of names."""
        if not isinstance(values, list):
            raise self.error(key, f"must be a list of names, not {shown(values)}", 'Write it as ["name"]')
        return [self.text({key: value}, key) for value in values]

    def table(self, table: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Return a table, empty where there is none."""
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"must be a table, not {shown(value)}", f"Write it as [{key}]")
        return value

    def rows(self, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """Return a list of tables."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.error(key, f"must be tables, not {shown(value)}", f"Write each as [[{key}]]")
        if len(value) > 1000:
            raise self.error(key, f"{len(value)} entries are too many", "A board has at most 1000")
        return value

    def known(self, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        """Refuse keys that are none of ``keys``."""
        for key in table:
            if key not in keys:
                raise self.error(printable(key, 40), "unknown key", suggestion(key, keys))

    def _value(self, table: Mapping[str, Any], key: str, default: Any) -> Any:
        value = table.get(key, default)
        if value is None:
            raise self.error(key, "is missing", "Add it")
        return value


def shown(value: Any) -> str:
    """Return a value as messages repeat it."""
    return printable(repr(value), 40)
