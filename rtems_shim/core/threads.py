"""The threads of every API in one place: making them, finding them, ending them, and giving back what they used.

State: the object tables of POSIX threads and Classic tasks, the idle thread, the stack arena, and which slots (each
with one per-thread block of the C library) are taken.
"""

from __future__ import annotations

import struct
from collections import deque

from emulator.annotations import TYPE_CHECKING, Any
from emulator.bits import align_up
from emulator.image.cxx_names import readable
from emulator.machine.events import ThreadCreated, ThreadNamed
from rtems_shim.abi import layouts
from rtems_shim.core.arena import Arena
from rtems_shim.core.events import ThreadEnded
from rtems_shim.core.objects import (
    HARD_LIMIT,
    Api,
    ClassicClass,
    ObjectTable,
    PosixClass,
    build_id,
    name_string,
    name_text,
    object_api,
)
from rtems_shim.core.stack_use import begin, is_brimful
from rtems_shim.core.thread import PRIORITY_MAXIMUM, Thread
from rtems_shim.core.uses import use_now

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

XPSR_T = 1 << 24
MOST_BRIMFUL = 16
STACK_FLOOR = 256
"""Below this many bytes not even the frames of a switch and an interrupt fit; no configuration goes lower."""


def boot_thread() -> Thread:
    """Return what executes before the first switch: the start-up code, on the interrupt stack. No table holds it."""
    return Thread(
        id=0, slot=-1, entry=0, argument=0, stack_base=0, stack_size=0, base_priority=PRIORITY_MAXIMUM, name="boot"
    )


class Threads:
    """All threads. ``configuration`` is layouts.CONFIGURATION unpacked."""

    def __init__(self, kernel: Kernel, configuration: dict[str, int]) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self.posix: ObjectTable[Thread] = ObjectTable(
            Api.POSIX, PosixClass.THREADS, configuration["maximum_posix_threads"]
        )
        self.classic: ObjectTable[Thread] = ObjectTable(Api.CLASSIC, ClassicClass.TASKS, configuration["maximum_tasks"])
        self.idle: Thread | None = None
        self.workspace = Arena(configuration["stack_arena_base"], configuration["stack_arena_size"])
        self._slots: list[Thread | None] = []
        self.zombies: deque[Thread] = deque(maxlen=HARD_LIMIT)
        """Threads that are gone, and the program has not been told yet."""

    # -- finding -------------------------------------------------------------------------------------------------

    def all(self) -> list[Thread]:
        """Return the threads whose records exist, ended ones that wait to be joined included, by slot."""
        return [thread for thread in self._slots if thread is not None]

    def find(self, identifier: int) -> Thread | None:
        """Return the POSIX or Classic thread with this id; 0 is the executing one."""
        if identifier == 0:
            return self._kernel.executing
        return self.posix.get(identifier) or self.classic.get(identifier)

    def by_name(self, name: str) -> Thread | None:
        """Return the live thread of that object name, trailing blanks and all, with the lowest id."""
        wanted = name.encode("latin-1", "replace")
        named = [t for t in self.all() if t.alive and name_string(t.classic_name) == wanted]
        return min(named, key=lambda thread: thread.id, default=None)

    def by_stack(self, base: int) -> Thread | None:
        """Return the live thread whose stack starts at ``base``."""
        return next((thread for thread in self.all() if thread.alive and thread.stack_base == base), None)

    # -- making --------------------------------------------------------------------------------------------------

    def room(self, api: Api) -> bool:
        """Whether one more thread of this API finds an object and a per-thread block."""
        table = self.posix if api is Api.POSIX else self.classic
        return table.next_id() is not None and self._free_slot() is not None

    def allocate_stack(self, size: int) -> tuple[int, int] | None:
        """Return (base, size) of a stack from the arena, None when it does not fit.

        Thread-local storage is added to the size. It grows to what one MPU region covers exactly (a power of two, less
        whole eighths), and the base is aligned to that region.
        """
        size += self._configuration["tls_size"]
        region = 1 << max(size - 1, 255).bit_length()
        size = align_up(size, region // 8)
        base = self.workspace.allocate(size, region)
        return None if base is None else (base, size)

    def create(
        self, table: ObjectTable[Thread], stack: tuple[int, int], owns_stack: bool, **fields: Any
    ) -> Thread | None:
        """Make a thread on ``stack``; None when the stack may not be one. There must be room.

        ``fields`` are those of Thread that the API chooses: entry, argument, base_priority, name, api, ...
        """
        identifier = table.next_id()
        slot = self._free_slot()
        assert identifier is not None and slot is not None
        thread = self._record(identifier, slot, stack, owns_stack, **fields)
        if thread is None:
            return None
        table.insert(thread)
        self._announce(thread)
        return thread

    def create_idle(self, stack: tuple[int, int], owns_stack: bool) -> Thread | None:
        """Make the idle thread, which no table holds."""
        self.idle = self._record(
            build_id(Api.INTERNAL, 1, 1),
            0,
            stack,
            owns_stack,
            entry=self._configuration["idle_entry"],
            argument=0,
            base_priority=PRIORITY_MAXIMUM,
            name="IDLE",
            classic_name=int.from_bytes(b"IDLE", "big"),
        )
        if self.idle is not None:
            self._announce(self.idle)
        return self.idle

    def _name_function(self, address: int) -> str:
        """Return the name of the function at ``address``, '' where the program has no symbols."""
        symbol = self._kernel.port.image.symbols.find_code(address & ~1)
        return readable(symbol.name) if symbol is not None else ""

    def _record(
        self, identifier: int, slot: int, stack: tuple[int, int], owns_stack: bool, **fields: Any
    ) -> Thread | None:
        base, size = stack
        thread = Thread(
            id=identifier, slot=slot, stack_base=base, stack_size=size, owns_stack=owns_stack,
            name_entry=self._name_function, **fields,
        )  # fmt: skip
        thread.privileged = not self._configuration["flags"] & layouts.CONFIG_UNPRIVILEGED
        thread.posix.signals_blocked = self._kernel.blocked_signals_of_new_thread()
        if not self._kernel.protection.add_stack(thread, base, size):
            return None
        thread.created_in = None if owns_stack else use_now(self._kernel, keeps_stack=True)
        begin(self._kernel, thread)
        if slot == len(self._slots):
            self._slots.append(None)
        self._slots[slot] = thread
        self._take_block(thread)
        return thread

    def _announce(self, thread: Thread) -> None:
        self._kernel.port.emit(
            ThreadCreated(
                self._kernel.now,
                thread.id,
                thread.name,
                thread.entry,
                thread.stack_base,
                thread.stack_size,
                thread.base_priority,
                self._kernel.executing.id,
            )
        )

    def _free_slot(self) -> int | None:
        for slot, thread in enumerate(self._slots):
            if thread is None:
                return slot
        slot = len(self._slots)
        return slot if slot < self._configuration["thread_block_count"] else None

    def _take_block(self, thread: Thread) -> None:
        size = self._configuration["thread_block_size"]
        thread.errno_block = self._configuration["thread_blocks_base"] + thread.slot * size
        control = layouts.THREAD_CONTROL.pack(
            id=thread.id, name=thread.classic_name, is_fp=int(thread.classic.floating_point)
        )
        self._kernel.port.memory.poke(thread.errno_block, bytes(size - len(control)) + control)

    def control_of(self, thread: Thread) -> int:
        """Return the address of a thread's Thread_Control, the end of its block."""
        return thread.errno_block + self._configuration["thread_block_size"] - layouts.THREAD_CONTROL.size

    def set_name(self, thread: Thread, name: int) -> None:
        """Give ``thread`` a 32-bit object name."""
        thread.classic_name, thread.name = name, name_text(name)
        self._kernel.port.memory.poke(self.control_of(thread) + 4, name.to_bytes(4, "little"))
        self._kernel.port.emit(ThreadNamed(self._kernel.now, thread.id, thread.name))

    # -- starting and ending -------------------------------------------------------------------------------------

    def start(self, thread: Thread) -> None:
        """Give a new thread the frame of its first switch and make it ready."""
        self.put_first_frame(thread)
        thread.timeslice = self._kernel.scheduler.ticks_per_timeslice
        thread.started = True
        if thread.ready:
            self._kernel.scheduler.make_ready(thread)

    def put_first_frame(self, thread: Thread) -> None:
        """Write the context in which a thread begins to the top of its stack, which nobody must be using."""
        kind = {Api.POSIX: layouts.THREAD_POSIX, Api.CLASSIC: layouts.THREAD_CLASSIC, Api.INTERNAL: layouts.THREAD_IDLE}
        top = self._kernel.protection.initial_sp(thread)
        arguments = (thread.entry, thread.argument, kind[Api(object_api(thread.id))])
        frame = first_frame(self._configuration["thread_begin"], arguments)
        thread.sp = top - len(frame)
        self._kernel.port.memory.poke(thread.sp, frame)
        thread.owed, thread.refused = [], None

    def end(self, thread: Thread) -> None:
        """Stop a thread for good. Its record, and its stack's protection, stay until ``discard``."""
        if thread.ready:
            self._kernel.scheduler.remove(thread)
        elif thread.wait is not None:
            self._kernel.leave_wait(thread)
        thread.alive = False
        if thread.server is not None:
            thread.server.stop()
        if is_brimful(self._kernel, thread) and len(self._kernel.brimful) < MOST_BRIMFUL:
            self._kernel.brimful.append((thread.label, thread.stack_base))
        self._kernel.protection.end_thread(thread)
        self._kernel.port.emit(ThreadEnded(self._kernel.now, thread.id))

    def discard(self, thread: Thread, tell: bool = True) -> None:
        """Forget an ended thread; a stack that the kernel allocated goes back to the arena. ``tell`` the program."""
        table = self.posix if object_api(thread.id) == Api.POSIX else self.classic
        if table.get(thread.id) is not thread:
            return
        table.remove(thread.id)
        self._slots[thread.slot] = None
        if tell:
            self.zombies.append(thread)
        if thread.owns_stack:
            self._kernel.protection.release_stack(thread.stack_base)
            self.workspace.free(thread.stack_base)


def first_frame(entry: int, arguments: tuple[int, ...]) -> bytes:
    """Return the frame of a context that begins at ``entry`` with r0, r1, ... as given, as PendSV would leave it."""
    words = [0] * 8 + [layouts.EXC_RETURN_THREAD_PSP]
    registers = [*arguments, *([0] * (4 - len(arguments)))]
    words += [*registers, 0, 0, entry & ~1, XPSR_T]
    return struct.pack(f"<{len(words)}I", *words)
