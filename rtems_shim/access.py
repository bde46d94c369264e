"""Guest memory as the caller of a trap may use it.

Every copy the kernel makes on a thread's behalf is an access of that thread: it goes through the MPU with the map that
is in force, which is the caller's. A refusal unwinds the handler as ``AccessRefused`` and becomes the caller's
MemManage at its SVC; so handlers copy first and change kernel state afterwards, and a refused call is as if it had
not been made. ``AccessRefused`` never leaves dispatch.py: outside, a guest fault is a value.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.faults import Fault
from rtems_shim.port import Port

STRING_LIMIT = 1024
"""Characters of a guest string that the kernel looks at; every name limit is far below."""


class AccessRefused(Exception):
    """The guest's own access was refused; nobody here is to blame. ``fault`` is what the caller shall get."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class CallerMemory:
    """Loads and stores with the rights of whoever executes. ``resolve`` may page a region in for a refused access."""

    def __init__(self, port: Port, resolve: Callable[[Fault], bool]) -> None:
        self._port = port
        self._resolve = resolve

    def load(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes at ``address``. Raises AccessRefused."""
        privileged = self._port.registers.privileged
        answer = self._port.memory.load(address, size, privileged)
        if not isinstance(answer, Fault):
            return answer
        pieces = []
        while isinstance(answer, Fault):
            part = self._reached(answer, address, size)
            if part:
                pieces.append(self._must_load(address, part, privileged))
            if not self._resolve(answer):
                raise AccessRefused(answer)
            address, size = address + part, size - part
            answer = self._port.memory.load(address, size, privileged)
            if isinstance(answer, Fault) and not self._reached(answer, address, size):
                raise AccessRefused(answer)
        return b"".join([*pieces, answer])

    def _must_load(self, address: int, size: int, privileged: bool) -> bytes:
        answer = self._port.memory.load(address, size, privileged)
        if isinstance(answer, Fault):
            raise AccessRefused(answer)
        return answer

    def store(self, address: int, data: bytes) -> None:
        """Store ``data`` at ``address``. Raises AccessRefused; what lies below the refused byte may be stored then."""
        privileged = self._port.registers.privileged
        fault = self._port.memory.store(address, data, privileged)
        while fault is not None:
            part = self._reached(fault, address, len(data))
            if part:
                below = self._port.memory.store(address, data[:part], privileged)
                if below is not None:
                    raise AccessRefused(below)
            if not self._resolve(fault):
                raise AccessRefused(fault)
            address, data = address + part, data[part:]
            fault = self._port.memory.store(address, data, privileged)
            if fault is not None and not self._reached(fault, address, len(data)):
                raise AccessRefused(fault)

    @staticmethod
    def _reached(fault: Fault, address: int, size: int) -> int:
        """How many bytes from ``address`` on lie below the refused one."""
        if fault.address is None:
            return 0
        return max(0, min(fault.address - address, size))

    def probe(self, address: int, size: int) -> None:
        """Raise AccessRefused unless the caller may write there: for results that arrive while it is blocked."""
        self.store(address, self.load(address, size))

    def load_word(self, address: int) -> int:
        """Return the word at ``address``. Raises AccessRefused."""
        return int.from_bytes(self.load(address, 4), "little")

    def store_word(self, address: int, value: int) -> None:
        """Store the low 32 bits of ``value``. Raises AccessRefused."""
        self.store(address, (value & 0xFFFF_FFFF).to_bytes(4, "little"))

    def load_string(self, address: int) -> str:
        """Return the NUL-terminated string at ``address``, cut at STRING_LIMIT, one character a byte."""
        found = bytearray()
        while len(found) < STRING_LIMIT:
            # Up to the end of the 32-byte block, the smallest unit of protection: never ask for bytes beyond the NUL's.
            step = 32 - (address + len(found)) % 32
            piece = self.load(address + len(found), step)
            end = piece.find(0)
            if end >= 0:
                found += piece[:end]
                break
            found += piece
        return found[:STRING_LIMIT].decode("latin-1")
