"""The workspace: what RTEMS's kernel allocates from. Here it is the arena that the kernel's stacks come from.

A program that takes of it leaves less for stacks, and for messages, which need room in it although the host keeps
them. What is taken is a number of bytes: memory that the program gets for it is its heap's (guest/src/workspace.c),
since the arena is closed to all but the threads whose stacks are there. State: ``Workspace``: what was taken.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import layouts
from rtems_shim.core.dispatch import trap

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

ALIGNMENT = 8
SIZES_LIMIT = 1024
"""Blocks that a greedy allocation leaves free at most."""


class Workspace:
    """``single`` blocks, and the greedy allocations: a number for each -> the addresses of its blocks."""

    def __init__(self) -> None:
        self.single: set[int] = set()
        self._greedy: dict[int, list[int]] = {}
        self._next = 1

    def take_out(self, address: int) -> bool:
        """Forget the single block at ``address``; whether there was one."""
        there = address in self.single
        self.single.discard(address)
        return there

    def keep(self, addresses: list[int]) -> int:
        """Remember the blocks of one greedy allocation; return its number."""
        number = self._next
        self._greedy[number] = addresses
        self._next += 1
        return number

    def take_back(self, number: int) -> list[int]:
        """Return and forget the blocks of a greedy allocation; none where the number is not one's."""
        return self._greedy.pop(number, [])


@trap("workspace_take")
def workspace_take(kernel: Kernel, size: int) -> int:
    """rtems_workspace_allocate(): where the bytes are in the arena, 0 where there is no room."""
    address = kernel.threads.workspace.allocate(size, ALIGNMENT)
    if address is None:
        return 0
    kernel.part(Workspace).single.add(address)
    return address


@trap("workspace_give")
def workspace_give(kernel: Kernel, address: int) -> None:
    """rtems_workspace_free(): of a block that workspace_take() returned."""
    if kernel.part(Workspace).take_out(address):
        kernel.threads.workspace.free(address)


@trap("workspace_greedy")
def workspace_greedy(kernel: Kernel, sizes: int, count: int) -> int:
    """rtems_workspace_greedy_allocate(): blocks of these sizes stay free, as far as they fit; its number."""
    arena = kernel.threads.workspace
    count = min(count, SIZES_LIMIT)
    data = kernel.memory.load(sizes, 4 * count) if count else b""
    wanted = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
    left = [block for size in wanted if (block := arena.allocate(size, ALIGNMENT)) is not None]
    return _take_all(kernel, left)


@trap("workspace_greedy_largest")
def workspace_greedy_largest(kernel: Kernel, size: int) -> int:
    """rtems_workspace_greedy_allocate_all_except_largest(): its size is stored; the allocation's number."""
    arena = kernel.threads.workspace
    largest = arena.largest(ALIGNMENT)
    kernel.memory.store_word(size, largest)
    block = arena.allocate(largest, ALIGNMENT) if largest else None
    return _take_all(kernel, [] if block is None else [block])


def _take_all(kernel: Kernel, left: list[int]) -> int:
    arena = kernel.threads.workspace
    taken = []
    while (size := arena.largest(ALIGNMENT)) > 0:
        block = arena.allocate(size, ALIGNMENT)
        if block is None:
            break
        taken.append(block)
    for block in left:
        arena.free(block)
    return kernel.part(Workspace).keep(taken) if taken else 0


@trap("workspace_greedy_free")
def workspace_greedy_free(kernel: Kernel, number: int) -> None:
    """rtems_workspace_greedy_free()."""
    for block in kernel.part(Workspace).take_back(number):
        kernel.threads.workspace.free(block)


@trap("workspace_information")
def workspace_information(kernel: Kernel, information: int) -> None:
    """rtems_workspace_get_information()."""
    arena = kernel.threads.workspace
    gaps, used = arena.gaps(), arena.used()
    values = {
        "free_number": len(gaps),
        "free_largest": max(gaps, default=0),
        "free_total": sum(gaps),
        "used_number": len(used),
        "used_largest": max(used, default=0),
        "used_total": sum(used),
        "size": arena.size,
        "free_size": sum(gaps),
        "free_blocks": len(gaps),
        "used_blocks": len(used),
    }
    kernel.memory.store(information, layouts.HEAP_INFORMATION.pack(**values))
