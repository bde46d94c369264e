"""/taskfs/ on the RTEMS inside an unmodified image: six functions answered at their entry, by the shim's own rules.

A call whose name begins with /taskfs/, or whose descriptor or share came of one, never reaches the image's function:
the answer is put in R0, and the thread goes on behind its call, one instruction later [D-240]. Every other call is
RTEMS's.
What is refused sets the thread's own errno: the image's ``__errno`` is called for the place of it, and comes back to
the entry of the function, where the number is stored.

State: the open descriptors, the objects by their names, the shares, and calls that wait for the place of their errno.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.core import XPSR_T
from emulator.bits import WORD_MASK, sign_extend
from emulator.errors import GuestAccessError
from emulator.harness.guest_sharing import GuestSharing, SharingThread
from emulator.harness.stack_isolation import StackIsolation
from emulator.kernels.guest_data import GuestData
from emulator.kernels.rtems import Rtems
from emulator.kernels.rtems_files import descriptor_limit, free_descriptors, free_objects
from emulator.machine.machine import Machine
from rtems_shim.abi.errno import ENFILE
from rtems_shim.core.access import STRING_LIMIT
from rtems_shim.core.objects import HARD_LIMIT
from rtems_shim.files.file_calls import close, ftruncate
from rtems_shim.files.file_objects import FileObject
from rtems_shim.files.files import STANDARD_DESCRIPTORS, Files
from rtems_shim.files.mappings import Mappings, mmap, munmap
from rtems_shim.files.shm import TASKFS, SharedMemory, SharedObject, shm_open, shm_unlink

if TYPE_CHECKING:
    from emulator.harness.guest_awareness import GuestAwareness

ERRNO = "__errno"
MOST_WAITING = 1024
"""Calls that wait for the place of their errno: of threads that were deleted there."""
_SPECIAL = 0xF000_0000
"""Return addresses from here on are those of exceptions: a handler called."""
_BLOCK_SIZE = 128
"""Of files that nobody makes."""


class _Descriptors(Files):
    """The descriptors of /taskfs/, which count among those of the image, and are numbered behind them."""

    def __init__(self, data: GuestData) -> None:
        super().__init__({"imfs_block_size": _BLOCK_SIZE, "maximum_files": descriptor_limit(data)}, FileObject(0))
        self._data = data

    def free_descriptor(self, lowest: int = 0) -> int | None:
        """Return the one that has been free longest; None where the image has none left, either."""
        is_left = self.in_use() - STANDARD_DESCRIPTORS < free_descriptors(self._data)
        return super().free_descriptor(lowest) if is_left else None


class _Objects(SharedMemory):
    """The objects of /taskfs/, which count among those of the image."""

    def __init__(self, data: GuestData) -> None:
        super().__init__(HARD_LIMIT)
        self._data = data

    def create(self, kernel: Any, name: str, permissions: int) -> SharedObject | int:
        """See SharedMemory."""
        return super().create(kernel, name, permissions) if len(self) < free_objects(self._data) else -ENFILE


class _Calls:
    """Where calls that change shares were made; see KeptCalls."""

    def note(self, port: Machine) -> int:
        """Return where the caller goes on."""
        return port.registers.lr & ~1


class _Kernel:
    """As much of a kernel as the shim's handlers of these calls use."""

    def __init__(self, machine: Machine, sharing: GuestSharing, data: GuestData) -> None:
        parts: dict[type, object] = {Files: _Descriptors(data), SharedMemory: _Objects(data), Mappings: Mappings()}
        self.part = parts.__getitem__
        self.port = machine
        self.share_calls = _Calls()
        self.protection = sharing.shares
        self.thread_by_name = sharing.by_name
        self.thread_by_stack = sharing.by_stack
        self.executing: SharingThread | None = None

    def allocate_memory(self, size: int, alignment: int = 8) -> int:
        """Return any address: names and contents take no memory of the image."""
        return alignment

    def free_memory(self, address: int) -> None:
        """See allocate_memory."""


class Taskfs:
    """Answers the calls of ``machine``, in which ``kernel`` is and whose stacks ``isolation`` closes."""

    def __init__(self, machine: Machine, kernel: Rtems, data: GuestData, isolation: StackIsolation) -> None:
        self._machine = machine
        self._data = data
        self._isolation = isolation
        self._sharing = GuestSharing(machine, kernel, isolation.stacks, isolation.overlay)
        self._waiting: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._kernel: Any = None
        calls = (self.shm_open, self.shm_unlink, self.ftruncate, self.mmap, self.munmap, self.close)
        found = {data.address(call.__name__): call for call in calls}
        self._calls: dict[int, Callable[[], int | None]] = {
            address & ~1: call for address, call in found.items() if address is not None
        }
        self._errno = data.address(ERRNO)
        machine.ask_at(self._calls, self._ask, self.forget)

    def forget(self) -> None:
        """The machine was reset: nothing is open."""
        self._kernel = None
        self._waiting.clear()
        self._sharing.forget()

    @property
    def _rtems(self) -> Any:
        """What the shim's handlers take for the kernel."""
        if self._kernel is None:
            self._kernel = _Kernel(self._machine, self._sharing, self._data)
        return self._kernel

    def _ask(self) -> bool:
        """See Machine.ask_at()."""
        registers = self._machine.registers
        executing = self._sharing.running() if not registers.ipsr and registers.lr < _SPECIAL else None
        if executing is None:
            return False
        waiting = self._waiting.get((executing, registers.sp))
        if waiting is not None and waiting[0] == registers.pc:
            del self._waiting[executing, registers.sp]
            self._store_errno(registers.r[0], waiting[1])
            self._return(WORD_MASK, waiting[2])
            return True
        result = self._calls[registers.pc]()
        if result is None:
            return False
        if result < 0 and self._errno is not None:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.clear()
            self._waiting[executing, registers.sp] = registers.pc, -result, registers.lr
            self._return(registers.r[0], self._errno | 1, registers.pc | 1)
        else:
            self._return(max(result, -1), registers.lr)
        return True

    def _return(self, result: int, place: int, link: int | None = None) -> None:
        """Go on at ``place``, an address as BX takes it, with ``result`` in R0."""
        registers = self._machine.registers
        registers.r[0] = result & WORD_MASK
        registers.pc = place & ~1
        registers.xpsr = registers.xpsr & ~XPSR_T | XPSR_T * (place & 1)
        if link is not None:
            registers.lr = link

    def _store_errno(self, address: int, number: int) -> None:
        machine = self._machine
        machine.memory.store(address, number.to_bytes(4, "little"), machine.registers.privileged)

    def _serve(self, handler: Callable[..., int], *arguments: object) -> int:
        """Return what a handler of the shim answers."""
        self._isolation.overlay.changed()  # so that all threads are known
        kernel = self._rtems
        kernel.executing = self._sharing.executing()
        return handler(kernel, *arguments)

    # -- the calls: None where they are RTEMS's ----------------------------------------------------------------------

    def shm_open(self) -> int | None:
        """int shm_open(const char *name, int oflag, mode_t mode)"""
        name, flags, mode = self._machine.registers.r[:3]
        text = self._name(name)
        if text is None:
            return None
        fd = self._serve(shm_open, text, flags, mode)
        return fd if fd < 0 else fd - STANDARD_DESCRIPTORS + descriptor_limit(self._data)

    def shm_unlink(self) -> int | None:
        """int shm_unlink(const char *name)"""
        text = self._name(self._machine.registers.r[0])
        return None if text is None else self._serve(shm_unlink, text)

    def ftruncate(self) -> int | None:
        """int ftruncate(int fd, off_t length)"""
        fd, _, low, high = self._machine.registers.r[:4]
        own = self._own(fd)
        return None if own is None else self._serve(ftruncate, own, sign_extend(low | high << 32, 64))

    def mmap(self) -> int | None:
        """void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)"""
        registers = self._machine.registers
        stacked = [self._data.word_or(registers.sp + offset & WORD_MASK, 0) for offset in (0, 8, 12)]
        own = self._own(stacked[0])
        if own is None:
            return None
        return self._serve(mmap, *registers.r[:4], own, sign_extend(stacked[1] | stacked[2] << 32, 64))

    def munmap(self) -> int | None:
        """int munmap(void *addr, size_t len)"""
        address, length = self._machine.registers.r[:2]
        if not self._sharing.shares.shares_at(address):
            return None
        return self._serve(munmap, address, length)

    def close(self) -> int | None:
        """int close(int fd)"""
        own = self._own(self._machine.registers.r[0])
        return None if own is None else self._serve(close, own)

    def _own(self, fd: int) -> int | None:
        """Return the number that a descriptor has here, None where it is none of /taskfs/ that is open."""
        own = fd - descriptor_limit(self._data) + STANDARD_DESCRIPTORS
        if self._kernel is None or own < STANDARD_DESCRIPTORS or self._kernel.part(Files).get(own) is None:
            return None
        return own

    def _name(self, address: int) -> str | None:
        """Return the name at ``address`` if it begins with /taskfs/."""
        found = bytearray()
        while len(found) < STRING_LIMIT:
            try:
                byte = self._machine.peek(address + len(found) & WORD_MASK, 1)
            except GuestAccessError:
                return None
            if byte == b"\0":
                break
            found += byte
            if not found.startswith(TASKFS.encode()[: len(found)]):
                return None
        return found.decode("latin-1") if len(found) >= len(TASKFS) else None


def answer_taskfs(machine: Machine, guest: GuestAwareness, isolation: StackIsolation) -> None:
    """Answer the calls of the RTEMS in ``machine`` from now on; any other kernel has none."""
    if isinstance(guest.kernel, Rtems):
        Taskfs(machine, guest.kernel, guest.data, isolation)
