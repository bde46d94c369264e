"""Reads TOML files and their tables: every mistake becomes one line that names the file and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from kit.errors import KitError


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a file. Raises KitError when it cannot be read or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KitError(f"{path} is no TOML: {error}.") from error


class Table:
    """A table of a file; ``place`` says which in messages. What has no default must be there."""

    def __init__(self, place: str, value: object, keys: Collection[str]) -> None:
        """Raises KitError when ``value`` is no table or has a key that is not in ``keys``."""
        self.place = place
        if not isinstance(value, dict):
            raise KitError(f"{place} must be a table, not {value!r}.")
        self.values: dict[str, Any] = value
        for key in value:
            if key not in keys:
                raise KitError(f"{place}: there is no key {key!r}; the keys are {', '.join(keys)}.")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string."""
        value = self._value(key, default)
        if not isinstance(value, str):
            raise KitError(f"{self.place}: {key} must be a string, not {value!r}.")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number that is not negative."""
        value = self._value(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise KitError(f"{self.place}: {key} must be a number of 0 or more, not {value!r}.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise KitError(f"{self.place}: {key} must be true or false, not {value!r}.")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self._value(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise KitError(f"{self.place}: {key} must be a list of strings, not {value!r}.")
        return tuple(value)

    def names(self, key: str) -> dict[str, str]:
        """Return a table of strings; empty when it is not there."""
        value = self._value(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise KitError(f"{self.place}: {key} must be a table of strings, not {value!r}.")
        return value

    def tables(self, key: str, keys: Collection[str]) -> list[Table]:
        """Return a list of tables; empty when it is not there."""
        value = self._value(key, [])
        if not isinstance(value, list):
            raise KitError(f"{self.place}: {key} must be a list of tables, not {value!r}.")
        return [Table(f"{self.place}, {key} {number}", item, keys) for number, item in enumerate(value, 1)]

    def _value(self, key: str, default: object) -> Any:
        value = self.values.get(key, default)
        if value is None:
            raise KitError(f"{self.place}: {key} is missing.")
        return value
