"""A file that a run writes to: opened before the run, so that a bad path costs no run, and never trusted to go on."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from emulator.annotations import BinaryIO
from emulator.errors import ConfigError
from emulator.program_file import printable, shown_path

_ZEROS = bytes(1 << 16)


class OutputFile:
    """The file ``name``, given as ``option``; it replaces what was there, but not one of the files ``inputs``.

    With ``keeps`` what was there stays until ``replace``, so a run that is killed before that has lost nothing.

    ``write`` is called while the guest runs, so it does not raise: the first error is kept, ``on_error`` is called, and
    leaving the ``with`` block raises it as ConfigError.
    """

    def __init__(self, name: str, option: str, inputs: Iterable[str] = (), keeps: bool = False) -> None:
        self._shown = f"{option} {shown_path(name)}"
        self.on_error: Callable[[], None] = lambda: None
        self._error: Exception | None = None
        if any(_is_same(name, other) for other in inputs):
            raise ConfigError(f"{self._shown}: this file is read or written already. Choose another one.")
        try:
            self._file: BinaryIO = Path(name).open("ab+" if keeps else "wb", buffering=0)  # noqa: SIM115 - closed in __exit__
        except (OSError, ValueError) as error:
            raise self._failure(error) from None

    @property
    def has_failed(self) -> bool:
        """Whether something could not be written."""
        return self._error is not None

    def write(self, data: str | bytes | memoryview) -> None:
        """Write ``data``, text as UTF-8, at once: what is written whole is whole when the command is killed.

        Nothing after the first error.
        """
        if self._error is not None:
            return
        left = memoryview(data.encode() if isinstance(data, str) else data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._error = error
            self.on_error()

    def replace(self, change: Callable[[bytes], str]) -> None:
        """Write what ``change`` makes of what is there. Others who do so at the same time wait for each other."""
        import fcntl

        try:
            fcntl.flock(self._file.fileno(), fcntl.LOCK_EX)  # until the file is closed
            self._file.seek(0)
            data = change(self._file.read())
            self._file.truncate(0)
        except OSError as error:
            self._error = error
            self.on_error()
            return
        self.write(data)

    def write_zeros(self, count: int) -> None:
        """Write ``count`` zeros: as a hole, which takes no room on the disk, where the file can have one."""
        if self._error is not None:
            return
        try:
            if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
                self._file.truncate(self._file.seek(count, os.SEEK_CUR))
                return
        except OSError as error:
            self._error = error
            self.on_error()
            return
        for start in range(0, count, len(_ZEROS)):
            self.write(_ZEROS[: count - start])

    def __enter__(self) -> OutputFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as failed:
            self._error = self._error or failed
        if self._error is not None and error is None:
            raise self._failure(self._error)

    def _failure(self, error: Exception) -> ConfigError:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return ConfigError(f"{self._shown} cannot be written: {printable(reason)}. Choose another file.")


class StandardOutput(OutputFile):
    """stdout as such a file, given as ``option``. A reader that went away ends the command as it does elsewhere."""

    def __init__(self, option: str) -> None:
        from emulator.cli.console import standard_output

        self._shown = f"{option} -"
        self.on_error = lambda: None
        self._error = None
        self._file = standard_output()

    def write(self, data: str | bytes | memoryview) -> None:
        """See OutputFile."""
        super().write(data)
        if self._error is None:
            try:
                self._file.flush()
            except OSError as error:
                self._error = error
                self.on_error()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._error is not None and error is None:
            raise self._error


def _is_same(name: str, other: str) -> bool:
    try:
        return Path(name).samefile(other)
    except (OSError, ValueError):
        return False
