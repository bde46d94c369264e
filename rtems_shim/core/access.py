"""Guest memory as the caller of a trap may use it.

Every copy the kernel makes on a thread's behalf is an access of that thread: it goes through the MPU with the map that
is in force, which is the caller's. A refusal unwinds the handler as ``AccessRefused`` and becomes the caller's
MemManage at its SVC; so handlers copy first and change kernel state afterwards, and a refused call is as if it had
not been made. What reaches past a wait is in wait_results.py. ``AccessRefused`` never leaves dispatch.py: outside, a
guest fault is a value.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.faults import Access, Fault
from rtems_shim.port import Port

if TYPE_CHECKING:
    from rtems_shim.core.wait_results import RefusedCopy
    from rtems_shim.protection.kernel_copies import KernelCopies
    from rtems_shim.protection.policy import StackOwner
    from rtems_shim.protection.protection import Protection

STRING_LIMIT = 1024
"""Characters of a guest string that the kernel looks at; every name limit is far below."""


class AccessRefused(Exception):
    """The guest's own access was refused; nobody here is to blame. ``fault`` is what the caller shall get.

    ``copy`` says between whom it was, None for an access of the caller to what it named itself. ``may_open``: mode
    kernel-opens does not hold it back.
    """

    def __init__(self, fault: Fault, copy: RefusedCopy | None = None, may_open: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.copy = copy
        self.may_open = may_open


class CallerMemory:
    """Loads and stores with the rights of whoever executes. Every method raises AccessRefused.

    ``protection`` is None until the kernel has booted; then it also pages in the regions that a copy needs.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self.protection: Protection | None = None
        self._copies: KernelCopies | None = None

    def protect(self, protection: Protection | None) -> None:
        """Make every access one of the thread whose map ``protection`` has in force."""
        self.protection = protection
        self._copies = None if protection is None else protection.copies

    def load(self, address: int, size: int, waiter: StackOwner | None = None) -> bytes:
        """Return ``size`` bytes at ``address``, which is the caller's own or that of a blocked ``waiter``."""
        if self._copies is not None:
            answer = self._copies.load(address, size, waiter)
        else:
            answer = self._port.memory.load(address, size, self._port.registers.privileged)
        if isinstance(answer, Fault):
            raise self._refused(answer, address, size, Access.READ, waiter)
        return answer

    def store(self, address: int, data: bytes, waiter: StackOwner | None = None) -> None:
        """Store ``data`` at ``address``, all of it or nothing. ``waiter`` as in ``load``."""
        if self._copies is not None:
            fault = self._copies.store(address, data, waiter)
        else:
            fault = self._port.memory.store(address, data, self._port.registers.privileged)
        if fault is not None:
            raise self._refused(fault, address, len(data), Access.WRITE, waiter)

    def _refused(
        self, fault: Fault, address: int, size: int, access: Access, waiter: StackOwner | None
    ) -> AccessRefused:
        copies = self._copies
        may_open = copies is not None and copies.may_open(address, size, access, waiter)
        return AccessRefused(fault, may_open=may_open)

    def load_object(self, address: int) -> int:
        """Return a word of the synchronisation object at ``address``, on whoever's stack that is.

        The caller's access like any other; but mode kernel-opens opens the stack of a live thread for it.
        """
        return int.from_bytes(self.load(address, 4, self._owner(address)), "little")

    def store_object(self, address: int, *words: int) -> None:
        """Store ``words`` of the synchronisation object at ``address``; as ``load_object``."""
        self.store(address, b"".join(word.to_bytes(4, "little") for word in words), self._owner(address))

    def _owner(self, address: int) -> StackOwner | None:
        return None if self.protection is None else self.protection.owner_of(address)

    def load_word(self, address: int) -> int:
        """Return the word at ``address``."""
        return int.from_bytes(self.load(address, 4), "little")

    def store_word(self, address: int, value: int) -> None:
        """Store the low 32 bits of ``value``."""
        self.store(address, (value & 0xFFFF_FFFF).to_bytes(4, "little"))

    def load_string(self, address: int) -> str:
        """Return the NUL-terminated string at ``address``, cut at STRING_LIMIT, one character a byte."""
        found = bytearray()
        while len(found) < STRING_LIMIT:
            piece = self._string_piece((address + len(found)) & 0xFFFF_FFFF)
            end = piece.find(0)
            if end >= 0:
                found += piece[:end]
                break
            found += piece
        return found[:STRING_LIMIT].decode("latin-1")

    def _string_piece(self, address: int) -> bytes:
        """Return the bytes up to the next multiple of 32, or as many of them as the caller may read: at least one."""
        size = 32 - address % 32
        try:
            return self.load(address, size)
        except AccessRefused as refused:
            # The refused byte may lie behind the NUL: only a string that reaches it is refused.
            last = refused.fault.address
            if last is None or not address < last < address + size:
                raise
            return self.load(address, last - address)
