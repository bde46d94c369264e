"""A GDB as a process: found, started, written to without waiting for it, and ended for certain."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress

from emulator.dap.arguments import RequestError

PROGRAMS = ("gdb-multiarch", "arm-none-eabi-gdb")
OPTIONS = ("-nx", "-q", "--interpreter=mi3")
PATIENCE = 2
"""Seconds for GDB to end when it is asked to."""
CHUNK = 1 << 16


def find_gdb(path: str | None) -> str:
    """Return the GDB to start: ``path``, or the first of PROGRAMS on the PATH. Raises RequestError."""
    found = next(filter(None, map(shutil.which, [path] if path else PROGRAMS)), None)
    if found is not None:
        return found
    if path:
        raise RequestError(f"there is no program {path!r}; 'gdbPath' names a GDB for ARM, {' or '.join(PROGRAMS)}")
    raise RequestError(
        f"no GDB for ARM is on the PATH: install {PROGRAMS[0]} (Debian's package of that name), or {PROGRAMS[1]}, "
        f"or name one with 'gdbPath'"
    )


class GdbProcess:
    """A running GDB. What it cannot take at once waits in ``pending``."""

    def __init__(self, path: str, folder: str | None) -> None:
        try:
            self._process = subprocess.Popen(
                [path, *OPTIONS],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                process_group=0,  # Ctrl-C is for the adapter
            )
        except OSError as error:
            what = folder if folder and not os.path.isdir(folder) else path
            raise RequestError(f"cannot start GDB: {what}: {error.strerror}") from None
        assert self._process.stdin is not None and self._process.stdout is not None
        self.input = self._process.stdin.fileno()
        self.output = self._process.stdout.fileno()
        os.set_blocking(self.input, False)
        self.pending = bytearray()
        self._line = bytearray()

    def write(self, line: str) -> None:
        """Give GDB a line, now or when it reads again."""
        self.pending += line.encode("utf-8", "replace") + b"\n"
        self.flush()

    def flush(self) -> None:
        """Write what GDB takes."""
        with suppress(BlockingIOError):
            while self.pending:
                try:
                    written = os.write(self.input, self.pending[:CHUNK])
                except BrokenPipeError:
                    self.pending.clear()  # its end is seen on its output
                    return
                del self.pending[:written]

    def read(self) -> list[str] | None:
        """Return the lines that came, None at the end."""
        data = os.read(self.output, CHUNK)
        if not data:
            return None
        *lines, rest = (bytes(self._line) + data).split(b"\n")
        self._line = bytearray(rest)
        return [line.rstrip(b"\r").decode("latin-1") for line in lines]

    def end(self) -> str:
        """End GDB, politely first, and return how it ended."""
        with suppress(OSError):
            os.set_blocking(self.input, True)
            if self._process.poll() is None and not self.pending:
                os.write(self.input, b"-gdb-exit\n")
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()
        status = self._process.returncode
        return f"signal {-status}" if status < 0 else f"status {status}"
