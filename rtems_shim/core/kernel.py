"""The kernel as the machine sees it: a personality that serves traps, switches threads and notices when all is over.

The guest does the work of a real port: its PendSV handler saves a context on the outgoing stack, asks here which thread
comes next, and restores from the heir's stack. In between the memory map changes. The state is in parts, here and in
the APIs (see their modules); this module holds them together, and the rules of blocking, waking and switching.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Any
from emulator.armv7m.faults import SVC_SIZE, ExceptionNumber, Fault
from emulator.errors import ImageError
from emulator.machine.stop import StopReason
from rtems_shim import note
from rtems_shim.abi import calls, layouts
from rtems_shim.core import fatal
from rtems_shim.core.access import CallerMemory
from rtems_shim.core.arena import Arena
from rtems_shim.core.call_site import KeptCalls
from rtems_shim.core.clock import Deadline, Timekeeper
from rtems_shim.core.deadlock import deadlock, nothing_can_happen
from rtems_shim.core.dispatch import dispatch
from rtems_shim.core.events import Blocked, PriorityChanged, Woken
from rtems_shim.core.extensions import Extensions, FindPart
from rtems_shim.core.inversions import Inversions
from rtems_shim.core.refusals import Refusals
from rtems_shim.core.scheduler import Scheduler
from rtems_shim.core.switching import Switcher
from rtems_shim.core.thread import PRIORITY_MAXIMUM, Owned, Thread, Wait
from rtems_shim.core.threads import Threads, boot_thread
from rtems_shim.core.uses import Use, Uses, use_now
from rtems_shim.core.wait_results import RefusedCopy
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.port import Port
from rtems_shim.protection.protection import Protection

STRICT = "strict"
KERNEL_OPENS = "kernel-opens"
ALL_SIGNALS = 0xFFFF_FFFF


class Kernel:
    """RTEMS, attached to ``port``, with the APIs that ``extensions`` bring.

    ``mode`` is STRICT (copies between threads are the waker's accesses) or KERNEL_OPENS (the kernel may do them).
    ``unprivileged`` runs threads unprivileged even if the image does not ask for it.
    """

    def __init__(self, port: Port, extensions: Extensions, mode: str = STRICT, unprivileged: bool = False) -> None:
        if mode not in (STRICT, KERNEL_OPENS):
            raise ValueError(f"mode must be {STRICT!r} or {KERNEL_OPENS!r}, not {mode!r}")
        self.port = port
        self.extensions = extensions
        no_parts: dict[type, Any] = {}
        self.part: FindPart = no_parts.__getitem__
        """What an API keeps of this kernel, by its class. There is none before the kernel has booted."""
        self.mode = mode
        self.unprivileged = unprivileged
        self.memory = CallerMemory(port)
        self.on_result: Callable[[int, str, tuple[int, ...], int], None] | None = None
        """Hears of results of calls: the thread's id, the name of the call, its arguments as words, the result."""
        self.on_refused_copy: Callable[[Fault, bool], bool] | None = None
        """Asked before a copy is refused: see KernelCopies."""
        self.last_fault: Fault | None = None
        self.refused_copy: RefusedCopy | None = None
        """The copy between threads that ``last_fault`` refused, None when it is no such copy."""
        self.openable: Fault | None = None
        """The last refusal of an access of a call that mode kernel-opens does not hold back."""
        self.power_up()

    def power_up(self) -> None:
        """Forget everything: the state before the image's start-up code calls boot."""
        self.share_calls = KeptCalls()
        """The calls that changed shares."""
        self.scheduler = Scheduler(self._request_switch, boot_thread(), self._priority_changed)
        self.time = Timekeeper(self.port.clock)
        self.configuration: dict[str, int] = {}
        self.checks_stacks = False
        self.inherits_signals = True
        """A new thread has the signal mask of the one that makes it. False: it blocks all signals."""
        self.serving = calls.CALLS[0]
        """The call that is being served, or was last."""
        self.refusals = Refusals()
        self.inversions = Inversions()
        self.brimful: list[tuple[str, int]] = []
        """Threads that have ended with a stack used down to its lowest byte, and where that is."""
        self.blown: tuple[Thread, bool, int] | None = None
        """The thread whose stack the stack checker found blown, whether the pattern is whole, and its SP."""
        self.running = False
        self.boot_error = 0
        """Why the start-up code must not start the threads, a code of CORE; 0 where it may."""
        self.idle_works = False
        """The idle thread is the application's first one: it is at an end where the core sleeps, not before."""
        self.fatal_record: fatal.FatalRecord | None = None
        self.fatal_call: Use | None = None
        self.ending_signal = 0
        """The signal without a handler for which the program is ending itself, 0 for none."""
        self.memory.protect(None)
        self.switcher = Switcher(self)

    # -- what the machine calls ----------------------------------------------------------------------------------

    trap_immediate = calls.TRAP_SVC

    def trap(self) -> None:
        """Serve the SVC the core is stopped after."""
        dispatch(self)

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        """Whether a refused access of the executing code becomes legal by paging a region in; then it is retried."""
        self.last_fault, self.refused_copy = fault, None
        return self.memory.protection is not None and self.protection.resolve_fault(fault, pc)

    def refuse(self, fault: Fault, copy: RefusedCopy | None, svc: int, may_open: bool = False) -> None:
        """Fault the caller of the trap at its SVC: its access was refused. ``copy`` tells of one between threads."""
        self.last_fault, self.refused_copy, self.openable = fault, copy, fault if may_open else None
        self.port.raise_fault(fault, svc)

    def asleep(self) -> StopReason | None:
        """Say why nothing can ever happen again: the core sleeps and no device will wake it."""
        if not self.running:
            return None
        return deadlock(self)

    # -- who and when --------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Virtual time of the machine."""
        return self.port.clock.now

    @property
    def executing(self) -> Thread:
        """The thread whose context is on the processor; interrupt handlers borrow it. Before the start: id 0."""
        return self.scheduler.executing

    @property
    def from_interrupt(self) -> bool:
        """Whether an exception handler made the current trap."""
        return bool(self.port.registers.ipsr)

    @property
    def trap_pc(self) -> int:
        """Where the caller of the current trap's stub goes on, for reports."""
        return self.port.registers.lr & ~1

    @property
    def protection(self) -> Protection:
        """The memory protection, which exists once the kernel has booted."""
        protection = self.memory.protection
        assert protection is not None
        return protection

    @property
    def opens_copies(self) -> bool:
        """Whether copies through a blocked thread's pointers are not held back."""
        return self.mode == KERNEL_OPENS

    @property
    def booted(self) -> bool:
        """Whether the image's configuration was read."""
        return self.memory.protection is not None

    def executed_ns(self, thread: Thread) -> int:
        """Return the processor time that ``thread`` has used."""
        return self.time.duration_ns(self.switcher.executed(thread))

    def executed_since_boot_ns(self) -> int:
        """Return the processor time that there was."""
        return self.time.duration_ns(self.now)

    def blocked_signals_of_new_thread(self) -> int:
        """Return the signal mask that a new thread begins with."""
        return self.executing.posix.signals_blocked if self.inherits_signals else ALL_SIGNALS

    def find_thread(self, identifier: int) -> Thread | None:
        """Return the POSIX or Classic thread with this id (0: the executing one), or None."""
        return self.threads.find(identifier)

    def thread_by_name(self, name: str) -> Thread | None:
        """Return the live thread of that name with the lowest id."""
        return self.threads.by_name(name)

    def thread_by_stack(self, base: int) -> Thread | None:
        """Return the live thread whose stack starts at ``base``."""
        return self.threads.by_stack(base)

    @staticmethod
    def stack_of(thread: Thread) -> tuple[int, int]:
        """Return (base, size) of a thread's stack."""
        return thread.stack_base, thread.stack_size

    # -- boot ----------------------------------------------------------------------------------------------------

    def configure(self, packed: bytes) -> None:
        """Build what the image configures (layouts.CONFIGURATION). Raises ImageError for what we cannot serve."""
        layout = layouts.CONFIGURATION
        configuration = layout.unpack(packed)
        if configuration["abi_version"] != note.ABI_VERSION or configuration["size"] != layout.size:
            raise ImageError(
                f"{self.port.image.name} was built for version {configuration['abi_version']} of the trap ABI, "
                f"not {note.ABI_VERSION}; rebuild it with v7m cc."
            )
        self._check_places(configuration)
        if self.unprivileged:
            configuration["flags"] |= layouts.CONFIG_UNPRIVILEGED
        self.configuration = configuration
        self.idle_works = not configuration["classic_init_entry"] and not configuration["posix_init_entry"]
        self.checks_stacks = bool(configuration["flags"] & layouts.CONFIG_STACK_CHECKER)
        self._start_clock(configuration)
        self._build(configuration)

    def _check_places(self, configuration: dict[str, int]) -> None:
        """Refuse an image with a place outside the RAM: it was linked for another board, or is damaged."""
        blocks = configuration["thread_block_size"] * configuration["thread_block_count"]
        places = (
            ("stack arena", configuration["stack_arena_base"], configuration["stack_arena_size"]),
            ("memory arena", configuration["memory_arena_base"], configuration["memory_arena_size"]),
            ("interrupt stack", configuration["interrupt_stack_base"], configuration["interrupt_stack_size"]),
            ("table of per-thread blocks", configuration["thread_blocks_base"], blocks),
            ("pointer to the executing thread's block", configuration["thread_block_pointer"], 4),
        )
        least = layouts.THREAD_CONTROL.size + 4
        if configuration["thread_block_size"] < least:
            raise ImageError(
                f"{self.port.image.name} has {configuration['thread_block_size']} bytes for what is kept of each "
                f"thread; {least} are the least. Rebuild it with v7m cc."
            )
        for what, base, size in places:
            if size and not any(start <= base and base + size <= start + length for start, length in self.port.ram):
                raise ImageError(
                    f"{self.port.image.name}: its {what} 0x{base:08x}..0x{base + size - 1:08x} is outside the RAM of "
                    "this board. Link it for this board, or choose another with --board."
                )

    def _start_clock(self, configuration: dict[str, int]) -> None:
        microseconds = configuration["microseconds_per_tick"]
        if not microseconds or not configuration["clock_hz"]:
            raise ImageError(f"{self.port.image.name} configures a clock tick of no length.")
        self.time.tick_ns = microseconds * 1000
        self.time.cycles_per_tick = configuration["clock_hz"] * microseconds // 1_000_000
        self.time.runs = not configuration["flags"] & layouts.CONFIG_NO_CLOCK
        self.scheduler.ticks_per_timeslice = max(1, configuration["ticks_per_timeslice"])
        self.scheduler.maximum = min(configuration["maximum_priority"], PRIORITY_MAXIMUM)

    def _build(self, configuration: dict[str, int]) -> None:
        protection = Protection(self.port, configuration, kernel_opens=self.opens_copies)
        protection.copies.on_refused = self.on_refused_copy
        protection.start()
        self.memory.protect(protection)
        self.threads = Threads(self, configuration)
        self._arena = Arena(configuration["memory_arena_base"], configuration["memory_arena_size"])
        parts: dict[type, Any] = {type(part): part for part in self.extensions.make_parts(configuration)}
        self.part = parts.__getitem__  # half the time of a method of ours, which every call would take

    def allocate_memory(self, size: int, alignment: int = 8) -> int | None:
        """Return the address of ``size`` bytes that every thread may use, None when there are none. Not zeroed."""
        return self._arena.allocate(size, alignment)

    def memory_fits(self, size: int) -> bool:
        """Whether ``allocate_memory(size)`` would find them."""
        return self._arena.place_for(size) is not None

    def free_memory(self, address: int) -> None:
        """Give back what ``allocate_memory`` returned."""
        self._arena.free(address)

    # -- blocking and waking -------------------------------------------------------------------------------------

    def block(
        self,
        reason: Callable[[], str],
        queue: WaitQueue | None = None,
        *,
        data: Any = None,
        deadline: Deadline | None = None,
        timed_out: int = 0,
        on_timeout: Callable[[Thread], None] | None = None,
        cleanup: Callable[[], None] | None = None,
        on_signal: Callable[[], int] | None = None,
        owned: Owned | None = None,
        uses: Uses | None = None,
    ) -> int | None:
        """Block the executing thread. Returns None, always, so that handlers can return this call.

        At ``deadline`` it wakes with ``timed_out`` as its result, or ``on_timeout(thread)`` decides.
        """
        if self.from_interrupt:
            fatal.terminate(self, fatal.BAD_THREAD_DISPATCH_DISABLE_LEVEL)
            return None
        if self._switch_masked() or self.executing.is_idle:
            fatal.terminate(self, fatal.BAD_THREAD_DISPATCH_ENVIRONMENT)
            return None
        if on_timeout is None:

            def on_timeout(thread: Thread) -> None:
                self.wake(thread, timed_out)

        self.executing.blocked_in = use_now(self, keeps_stack=True)
        self.enter_wait(Wait(reason, queue, on_timeout, data, None, 0, cleanup, on_signal, owned, uses), deadline)
        return None

    def _switch_masked(self) -> bool:
        registers = self.port.registers
        return not self.running or bool(registers.primask or registers.faultmask or registers.basepri)

    def enter_wait(self, wait: Wait, deadline: Deadline | None = None) -> None:
        """Block the executing thread, no questions asked: for ``block`` and for a thread that is just switched in."""
        thread = self.executing
        if deadline is not None:
            wait.timeout = self.time.call_at(deadline, lambda: wait.on_timeout(thread))
        thread.wait = wait
        wait.since = self.now
        if wait.owned is not None:
            self.inversions.waits(thread, wait.owned)
        if wait.queue is not None:
            wait.queue.add(thread)
        self.scheduler.remove(thread)
        self._owner_changed(wait)
        if self.port.observed:
            self.port.emit(Blocked(self.now, thread.id, wait.reason()))

    def _owner_changed(self, wait: Wait) -> None:
        """Tell the owner of the mutex somebody waits for, if it is one, that its waiters changed."""
        owner = wait.owner
        if owner is not None:
            self.scheduler.update_priority(owner)

    def leave_wait(self, thread: Thread) -> None:
        """Take a blocked thread out of what it waits for, without waking it."""
        wait = thread.wait
        assert wait is not None
        thread.wait = None
        self.inversions.waiters.pop(thread, None)
        if wait.queue is not None:
            wait.queue.remove(thread)
        if wait.timeout is not None:
            wait.timeout.cancel()
        if wait.cleanup is not None:
            wait.cleanup()
        self._owner_changed(wait)

    def wake(self, thread: Thread, result: int, waker: Thread | None = None) -> None:
        """End a thread's wait; ``result`` will be its r0. ``waker`` is None for a timeout."""
        self.leave_wait(thread)
        thread.result = result
        if result and thread.blocked_in is not None:
            self.refusals.note_woken(thread.blocked_in, result, self.now)
        if thread.ready:
            self.scheduler.make_ready(thread)
        self.port.emit(Woken(self.now, thread.id, result, waker.id if waker else 0))

    def wake_all(self, queue: WaitQueue, result: int) -> int:
        """Wake everybody in ``queue`` with the same result; return how many."""
        threads = list(queue)
        for thread in threads:
            self.wake(thread, result, self.executing)
        return len(threads)

    def suspend(self, thread: Thread) -> None:
        """Keep a thread from running until ``resume``, whatever else it waits for. The idle thread must run."""
        if thread.is_idle:
            fatal.stop(self, fatal.Source.CORE, fatal.BAD_THREAD_DISPATCH_ENVIRONMENT)
            return
        was_ready = thread.ready
        thread.suspended, thread.suspended_in = True, use_now(self)
        if was_ready:
            self.scheduler.remove(thread)

    def resume(self, thread: Thread) -> None:
        """Undo ``suspend``."""
        thread.suspended = False
        if thread.ready:
            self.scheduler.make_ready(thread)

    @property
    def preempted(self) -> bool:
        """Whether a more urgent thread takes over as soon as the current trap is served."""
        heir = self.scheduler.heir
        return heir is not None and heir is not self.executing and not self.from_interrupt and not self._switch_masked()

    def call_again(self) -> None:
        """Let the caller of the current trap, whose handler returns None, make it once more when it runs again."""
        self.port.registers.pc -= SVC_SIZE

    # -- running -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let the heir run: the start-up code has finished."""
        self.running = True
        self.port.pend_pendsv()

    def tick(self) -> None:
        """Serve the SysTick handler."""
        if self.time.runs:
            self.time.tick()
            self.scheduler.tick()
        self.extensions.poll_input(self, False)
        idle = self.executing.is_idle and self.scheduler.heir is self.executing
        if idle and not self.idle_works and not self.extensions.timers_due(self) and self.stuck():
            self.port.stop(deadlock(self))

    def stuck(self) -> bool:
        """Whether, with only the idle thread ready, nobody will ever run again. Input that may come is waited for."""
        return nothing_can_happen(self) and not self.extensions.poll_input(self, True)

    def _request_switch(self) -> None:
        if self.running:
            self.port.pend_pendsv()

    def _priority_changed(self, thread: Thread, before: int) -> None:
        self.port.emit(PriorityChanged(self.now, thread.id, before, thread.priority))

    def called_by(self, exception: ExceptionNumber) -> bool:
        """Whether the current trap comes from the handler of ``exception``: some calls are the guest side's alone."""
        return self.port.registers.ipsr == exception
