"""QEMU's device models register by register: reads and writes over its test protocol, with time standing still."""

from __future__ import annotations

import subprocess
from types import TracebackType

from support.tools import require_tool


class QtestMachine:
    """A stopped machine of QEMU. Use it as a context manager."""

    def __init__(self, machine: str) -> None:
        command = [require_tool("qemu-system-arm"), "-machine", machine, "-S", "-display", "none", "-monitor", "none"]
        command += ["-serial", "null", "-qtest", "stdio"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self) -> QtestMachine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, request: str) -> list[str]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        while line := self._process.stdout.readline():
            words = line.split()
            if words and words[0] == "OK":
                return words[1:]
            assert not words or words[0] != "FAIL", f"{request}: {line}"
        raise EOFError(f"QEMU ended at {request!r}")

    def read(self, address: int, size: int = 4) -> int:
        """Return what a read of ``size`` bytes answers."""
        return int(self._ask(f"read{' bw l'[size]} 0x{address:x}")[0], 16)

    def write(self, address: int, value: int, size: int = 4) -> None:
        """Write ``size`` bytes."""
        self._ask(f"write{' bw l'[size]} 0x{address:x} 0x{value:x}")
