"""mmap and its kin: ordinary mappings, and the mappings of ``/taskfs/`` that share a thread's stack.

There is no address translation: a mapping is a right to use addresses, or a copy. Mapping a stack object gives the
*target* thread the stack with the rights asked for, and answers the stack's lowest address:

* ``addr`` is the lowest address of the target's own stack, or NULL: then the caller is the target;
* the whole stack is shared: ``off`` is 0 and ``len`` the stack's size;
* PROT_READ alone is a read-only share (everywhere else RTEMS refuses to map without PROT_WRITE). The MPU cannot give
  write or execute permission without read permission, so those include it;
* no mapping has more rights than its descriptor: EACCES;
* a target can have the stacks of eight others: EMFILE, POSIX's "too many mapped regions".

munmap of a shared stack takes the caller's own share away when it has one, and otherwise the shares of everybody;
mprotect changes the rights of the same shares. State: ``Mappings``, the ordinary ones; shares are in policy.py.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from emulator.records import dataclass
from rtems_shim.abi.errno import (
    EACCES,
    EBADF,
    EINVAL,
    EMFILE,
    ENODEV,
    ENOMEM,
    ENOTSUP,
    ENXIO,
    EOVERFLOW,
)
from rtems_shim.abi.status import Status
from rtems_shim.core.dispatch import trap
from rtems_shim.files.file_objects import S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG, FileObject, OpenFile, RegularFile
from rtems_shim.files.files import Files
from rtems_shim.files.shm import PAGE_SIZE, SharedObject, StackObject
from rtems_shim.protection.policy import EXECUTE, READ, WRITE, Share

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC = 0, READ, WRITE, EXECUTE
PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXEC
MAP_SHARED = 0x0001
MAP_PRIVATE = 0x0002
MAP_FIXED = 0x0010
MAP_ANON = 0x1000
KNOWN_FLAGS = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANON
MAPPING_LIMIT = 1024
"""Ordinary mappings at a time; more are refused with ENOMEM, so that fixed ones, which cost no memory, have an end."""


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of one mmap()."""

    address: int
    length: int
    protection: int
    flags: int
    fd: int
    offset: int

    @property
    def is_fixed(self) -> bool:
        """MAP_FIXED."""
        return bool(self.flags & MAP_FIXED)

    @property
    def is_anonymous(self) -> bool:
        """MAP_ANON."""
        return bool(self.flags & MAP_ANON)

    @property
    def is_shared(self) -> bool:
        """MAP_SHARED."""
        return bool(self.flags & MAP_SHARED)


@dataclass(frozen=True, slots=True)
class Mapping:
    """An ordinary mapping; ``end`` is exclusive. ``file`` is what a shared one maps, ``owns_memory`` a private copy."""

    start: int
    end: int
    file: FileObject | None
    owns_memory: bool


class Mappings:
    """The ordinary mappings, oldest first."""

    def __init__(self) -> None:
        self._mappings: list[Mapping] = []

    @property
    def full(self) -> bool:
        """Whether there may be no more."""
        return len(self._mappings) >= MAPPING_LIMIT

    def add(self, mapping: Mapping) -> None:
        """Remember a new mapping."""
        self._mappings.append(mapping)

    def find(self, address: int) -> Mapping | None:
        """Return the oldest mapping that contains ``address``, or None."""
        return next((mapping for mapping in self._mappings if mapping.start <= address < mapping.end), None)

    def remove(self, mapping: Mapping) -> None:
        """Forget a mapping."""
        self._mappings.remove(mapping)


# -- mmap ------------------------------------------------------------------------------------------------------------


@trap("mmap")
def mmap(kernel: Kernel, address: int, length: int, protection: int, flags: int, fd: int, offset: int) -> int:
    """mmap()."""
    request = Request(address, length, protection, flags, fd, offset)
    opened = None if request.is_anonymous else kernel.part(Files).get(fd)
    stack = opened.file if opened is not None and isinstance(opened.file, StackObject) else None
    refused = _check_arguments(request, stack is not None)
    if refused:
        return refused
    if request.is_anonymous:
        return _map_private(kernel, request, None)
    if opened is None:
        return -EBADF
    refused = _check_file(request, opened.file)
    if refused:
        return refused
    if stack is not None:
        return _map_stack(kernel, request, opened, stack)
    return _map_shared(kernel, request, opened) if request.is_shared else _map_private(kernel, request, opened.file)


def _check_arguments(request: Request, is_stack: bool) -> int:
    """Return -errno for what is wrong whatever the descriptor refers to, in RTEMS's order, or 0."""
    if not request.length:
        return -EINVAL
    if request.protection == PROT_NONE:
        return -ENOTSUP
    if not request.protection & PROT_WRITE and not is_stack:
        return -ENOTSUP
    if request.is_anonymous and (request.fd != -1 or request.offset or request.is_shared):
        return -EINVAL
    if request.flags & ~KNOWN_FLAGS:
        return -EINVAL
    sharing = request.flags & (MAP_SHARED | MAP_PRIVATE)
    if sharing == MAP_SHARED | MAP_PRIVATE or (not sharing and not request.is_anonymous):
        return -EINVAL
    if request.is_fixed and (
        request.address % PAGE_SIZE or not request.address or range_wraps(request.address, request.length)
    ):
        return -EINVAL
    return 0


def range_wraps(address: int, length: int) -> bool:
    """Whether ``address + length``, as a 32-bit word, is less than ``address``: ending at 2**32 wraps as well."""
    return (address + length) & WORD_MASK < address


def _check_file(request: Request, file: FileObject) -> int:
    """Return -errno for what this kind of file cannot map, in RTEMS's order, or 0."""
    end = request.offset + request.length
    if file.kind in (S_IFDIR, S_IFLNK):
        return -ENODEV
    # RTEMS compares with >=, so that not even the whole of a regular file can be mapped.
    if file.kind == S_IFREG and (request.offset >= file.size or end >= file.size):
        return -EOVERFLOW
    if file.kind != S_IFCHR and (file.size < end or request.offset < 0):
        return -ENXIO
    return -EINVAL if file.kind == S_IFCHR and not request.is_shared else 0


def _map_private(kernel: Kernel, request: Request, file: FileObject | None) -> int:
    """Map memory of its own: zeroed, or with a copy of the file."""
    mappings = kernel.part(Mappings)
    if mappings.full:
        return -ENOMEM
    if request.is_fixed:
        if mappings.find(request.address) is not None:
            return -ENXIO
        start = request.address
    else:
        memory = kernel.allocate_memory(request.length, PAGE_SIZE)
        if memory is None:
            return -ENOMEM
        kernel.port.memory.poke(memory, bytes(request.length))
        start = memory
    if file is not None and not _copy_file(kernel, file, start, request):
        if not request.is_fixed:
            kernel.free_memory(start)
        return -ENXIO
    mappings.add(Mapping(start, start + request.length, None, owns_memory=not request.is_fixed))
    return start


def _copy_file(kernel: Kernel, file: FileObject, start: int, request: Request) -> bool:
    """Fill a private mapping with the file's bytes; False when there are fewer than asked for."""
    if isinstance(file, RegularFile):
        data = file.contents(request.offset, request.length)
        if len(data) < request.length:
            return False
        kernel.memory.store(start, data)
        return True
    # RTEMS reads a shared memory object from its start, whatever the offset.
    return file.read(kernel, 0, start, request.length) == request.length


def _map_shared(kernel: Kernel, request: Request, opened: OpenFile) -> int:
    mappings = kernel.part(Mappings)
    if mappings.full:
        return -ENOMEM
    if request.is_fixed:
        if isinstance(opened.file, SharedObject):
            return -ENOTSUP
        if mappings.find(request.address) is not None:
            return -ENXIO
    start = opened.file.map_shared(request.length, request.offset)
    if start > 0:
        mappings.add(Mapping(start, start + request.length, opened.file, owns_memory=False))
    return start


def _map_stack(kernel: Kernel, request: Request, opened: OpenFile, stack: StackObject) -> int:
    """Share the stack that ``stack`` is bound to."""
    if request.is_fixed:
        return -ENOTSUP
    owner = stack.owner
    if owner is None:
        return -ENXIO
    if not request.is_shared or request.offset or request.length != owner.stack_size:
        return -EINVAL
    target = kernel.thread_by_stack(request.address) if request.address else kernel.executing
    if target is None:
        return -EINVAL
    rights, most = request.protection & PROT_ALL, descriptor_rights(opened)
    if rights & ~most:
        return -EACCES
    via = f'mmap("{stack.name}", {describe_protection(rights)})'
    if not kernel.protection.share(owner, target, rights, via, kernel.executing, _call(kernel), most):
        return -EMFILE
    return owner.stack_base


def _call(kernel: Kernel) -> int:
    """Return where the caller goes on that changes a share now."""
    return kernel.share_calls.note(kernel.port)


def descriptor_rights(opened: OpenFile) -> int:
    """Return the most that a mapping of this descriptor may have."""
    return PROT_READ | PROT_EXEC | (PROT_WRITE if opened.writable else 0)


def describe_protection(protection: int) -> str:
    """Return a ``prot`` argument as C writes it: ``PROT_READ | PROT_WRITE``."""
    names = {PROT_READ: "PROT_READ", PROT_WRITE: "PROT_WRITE", PROT_EXEC: "PROT_EXEC"}
    return " | ".join(name for bit, name in names.items() if protection & bit) or "PROT_NONE"


# -- munmap and the rest ---------------------------------------------------------------------------------------------


@trap("munmap")
def munmap(kernel: Kernel, address: int, length: int) -> int:
    """munmap(): the whole mapping that contains ``address`` goes, whatever ``length``; where there is none, 0."""
    if not length or range_wraps(address, length):
        return -EINVAL
    mapping = kernel.part(Mappings).find(address)
    if mapping is not None:
        kernel.part(Mappings).remove(mapping)
        if mapping.owns_memory:
            kernel.free_memory(mapping.start)
        if mapping.file is not None:
            mapping.file.unmapped(kernel)
        return 0
    for share in _shares_meant(kernel, address):
        kernel.protection.unshare(share.owner, share.target, "munmap", kernel.executing, _call(kernel))
    return 0


def _shares_meant(kernel: Kernel, address: int) -> list[Share]:
    """Return the caller's own share of the stack at ``address``, or when it has none everybody's."""
    shares = kernel.protection.shares_at(address)
    return [share for share in shares if share.target is kernel.executing] or shares


@trap("mprotect")
def mprotect(kernel: Kernel, address: int, length: int, protection: int) -> int:
    """mprotect(): changes the rights of a stack's shares; anywhere else it does nothing, as in RTEMS."""
    shares = _shares_meant(kernel, address)
    rights = protection & PROT_ALL
    if any(rights & ~share.most for share in shares):
        return -EACCES
    via = f"mprotect({describe_protection(rights)})"
    for share in shares:
        kernel.protection.share(share.owner, share.target, rights, via, kernel.executing, _call(kernel), share.most)
    return 0


@trap("msync")
def msync(kernel: Kernel, address: int, length: int, flags: int) -> int:
    """msync(): RTEMS has none."""
    return -EINVAL


@trap("rtems_unshare_stack")
def rtems_unshare_stack(kernel: Kernel, target: int, owner: int) -> int:
    """Take the share of the stack of ``owner`` away from ``target``; 0 is the calling thread."""
    target_thread, owner_thread = kernel.find_thread(target), kernel.find_thread(owner)
    if target_thread is None or owner_thread is None:
        return Status.INVALID_ID
    taken = kernel.protection.unshare(
        owner_thread, target_thread, "rtems_unshare_stack", kernel.executing, _call(kernel)
    )
    return Status.SUCCESSFUL if taken else Status.UNSATISFIED


@trap("rtems_stack_release")
def rtems_stack_release(kernel: Kernel, address: int) -> int:
    """Give back the stack of an ended thread, ``address`` its lowest byte: 0, or EINVAL when none is there."""
    return 0 if kernel.protection.release_stack(address) else EINVAL
