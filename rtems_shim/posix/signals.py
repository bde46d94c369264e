"""POSIX signals and the Classic API's asynchronous signals: who gets one, and how its handler comes to run.

A handler runs on the thread's own stack: when a thread with something to deliver is switched in, the kernel puts one
more frame on its stack, whose PC is the guest's signal_entry. That asks for the handlers one by one (``signal_next``)
and ends with ``signal_return``, which drops the frame. A call that waits goes on waiting, except where POSIX ends it.

As on RTEMS a thread looks for handlers to run when a signal is sent to it, and not when it unblocks one: that one comes
with the next that is sent. A handler's own signal is blocked only where its action says so.
State: ``Signals``, and the masks in each thread's PosixState.
"""

from __future__ import annotations

from collections import deque

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.abi import constants, layouts
from rtems_shim.abi.errno import EAGAIN, EINTR
from rtems_shim.core.clock import Timeout
from rtems_shim.core.dispatch import trap
from rtems_shim.core.modes import set_modes
from rtems_shim.core.objects import HARD_LIMIT, UNLIMITED
from rtems_shim.core.thread import SignalFrame, Thread
from rtems_shim.core.uses import Use
from rtems_shim.core.wait_results import give

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SIGILL, SIGFPE, SIGSEGV = 4, 8, 11
SIGRTMIN, SIGRTMAX = 27, 31
SIGNALS = range(1, SIGRTMAX + 2)
SIG_DFL, SIG_IGN = 0, 1
SA_SIGINFO = 2
SI_USER = 1
FRAME_LIMIT = 16
"""Handlers that may interrupt each other in one thread; further signals stay pending."""


@dataclass(frozen=True, slots=True)
class Action:
    """sigaction: the handler's address or SIG_DFL or SIG_IGN, what it blocks, and SA_* flags."""

    handler: int = SIG_DFL
    mask: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Information:
    """siginfo_t. ``asked`` is the call that had asked for a signal which comes by itself; no program sees that."""

    signal: int
    code: int = SI_USER
    value: int = 0
    asked: Use | None = None

    def pack(self) -> bytes:
        """Return it as the guest's structure."""
        return layouts.SIGINFO.pack(si_signo=self.signal, si_code=self.code, si_value=self.value)


@dataclass(frozen=True, slots=True)
class SignalWait:
    """What a thread in sigtimedwait waits for, and where the sender shall write the siginfo_t (0: nowhere)."""

    mask: int
    information: int
    pauses: bool = False
    """It is pause() or sigsuspend(): the handler of the signal that ends it runs, too."""
    mask_after: int | None = None
    """What sigsuspend() blocks again, and -EINTR is its result; None: it is none."""


@dataclass(slots=True)
class Signals:
    """The process's part: actions, pending signals, and the queued information of SA_SIGINFO signals."""

    queue_limit: int
    actions: dict[int, Action] = field(default_factory=dict)
    pending: int = 0
    queued: dict[int, deque[Information]] = field(default_factory=dict)
    alarm: Timeout | None = None
    ualarm: Timeout | None = None
    senders: dict[int, Use] = field(default_factory=dict)
    """The calls of the program that have sent a signal last, by its number; none where a timer has."""
    asked: dict[int, Use] = field(default_factory=dict)
    """Those that had asked for one which came by itself, as alarm() does; none where a call has sent it since."""

    @staticmethod
    def configured(configuration: dict[str, int]) -> Signals:
        """Return the state with the configured number of queued signals."""
        limit = configuration["maximum_posix_queued_signals"]
        return Signals(HARD_LIMIT if limit & UNLIMITED else min(limit, HARD_LIMIT))

    def action(self, signal: int) -> Action:
        """Return what happens on ``signal``."""
        return self.actions.get(signal, Action())

    def note(self, information: Information) -> None:
        """Remember who asked for a signal that is sent; whoever sends it now notes that in ``senders``."""
        self.senders.pop(information.signal, None)
        self.asked.pop(information.signal, None)
        if information.asked is not None:
            self.asked[information.signal] = information.asked

    def enqueue(self, information: Information) -> bool:
        """Keep the information of a process-wide signal; False when the queue is full."""
        if sum(len(queue) for queue in self.queued.values()) >= self.queue_limit:
            return False
        self.queued.setdefault(information.signal, deque()).append(information)
        return True

    def take(self, signal: int) -> Information:
        """Remove one pending process-wide ``signal`` and return what is known of it."""
        queue = self.queued.get(signal)
        information = queue.popleft() if queue else Information(signal)
        if not queue:
            self.queued.pop(signal, None)
            self.pending &= ~bit(signal)
        return information


def bit(signal: int) -> int:
    """Return the signal's bit in a sigset_t."""
    return 1 << (signal - 1)


def lowest(mask: int) -> int | None:
    """Return the signal of ``mask`` that is delivered first: real-time signals come before the others."""
    order = [*range(SIGRTMIN, SIGRTMAX + 2), *range(1, SIGRTMIN)]
    return next((signal for signal in order if mask & bit(signal)), None)


# -- sending -----------------------------------------------------------------------------------------------------


def send_to_process(kernel: Kernel, information: Information) -> int:
    """Send a signal to the program; 0 or EAGAIN."""
    state = kernel.part(Signals)
    signal = information.signal
    state.note(information)
    action = state.action(signal)
    if action.handler == SIG_IGN:
        return 0
    if signal in (SIGILL, SIGFPE, SIGSEGV):
        return send_to_thread(kernel, kernel.executing, information)
    thread = _choose(kernel, signal)
    if thread is not None and _accept(kernel, thread, information):
        thread.posix.handlers_due = True
        return 0
    if action.flags & SA_SIGINFO and not state.enqueue(information):
        return EAGAIN
    state.pending |= bit(signal)
    if thread is not None:
        _interrupt(kernel, thread, signal)
    return 0


def send_to_thread(kernel: Kernel, thread: Thread, information: Information) -> int:
    """Send a signal to one thread; always 0."""
    signal = information.signal
    kernel.part(Signals).note(information)
    if kernel.part(Signals).action(signal).handler == SIG_IGN:
        return 0
    thread.posix.handlers_due = True
    if _accept(kernel, thread, information):
        # As on RTEMS a handler that the thread does not block runs as well.
        if kernel.part(Signals).action(signal).handler != SIG_DFL:
            thread.posix.signals_pending |= bit(signal) & ~thread.posix.signals_blocked
        return 0
    thread.posix.signals_pending |= bit(signal)
    _interrupt(kernel, thread, signal)
    return 0


def _choose(kernel: Kernel, signal: int) -> Thread | None:
    """Return the thread that takes a process-wide signal, None when all block it.

    First the executing one, then who waits in sigtimedwait, then the most urgent; a ready one before a waiting one.
    """

    def open_to(thread: Thread) -> bool:
        return thread.alive and not thread.is_idle and not thread.posix.signals_blocked & bit(signal)

    if open_to(kernel.executing) and kernel.executing.id:
        return kernel.executing
    threads = [thread for thread in kernel.threads.all() if not thread.is_idle and thread.alive]
    waiting = [thread for thread in threads if _waits_for(thread, signal)]
    if waiting:
        return min(waiting, key=lambda thread: thread.priority)
    interested = [thread for thread in threads if open_to(thread)]

    def order(thread: Thread) -> tuple[int, bool, bool]:
        return thread.priority, not thread.ready, not _interruptible(thread)

    return min(interested, key=order, default=None)


def _waits_for(thread: Thread, signal: int) -> bool:
    data = thread.wait.data if thread.wait else None
    return isinstance(data, SignalWait) and bool(data.mask & bit(signal))


def _interruptible(thread: Thread) -> bool:
    return thread.wait is not None and thread.wait.on_signal is not None


def _accept(kernel: Kernel, thread: Thread, information: Information) -> bool:
    """Give the signal to a thread that waits for it in sigtimedwait; False when it does not.

    The sender writes the waiter's siginfo_t: an access of the sender.
    """
    if not _waits_for(thread, information.signal):
        return False
    assert thread.wait is not None
    if thread.wait.data.pauses and kernel.part(Signals).action(information.signal).handler != SIG_DFL:
        if thread.wait.data.mask_after is None:  # pause() ends with the signal's number, after the handler
            thread.posix.signals_pending |= bit(information.signal)
            kernel.wake(thread, information.signal, kernel.executing)
            return True
        return False
    address = thread.wait.data.information
    if address:
        give(kernel, thread, address, information.pack())
    result = information.signal
    if thread.wait.data.mask_after is not None:
        thread.posix.signals_blocked, result = thread.wait.data.mask_after, -EINTR
    kernel.wake(thread, result, kernel.executing)
    return True


def _interrupt(kernel: Kernel, thread: Thread, signal: int) -> None:
    """Let ``thread`` look for handlers to run: now if it executes, else when it is switched in."""
    thread.posix.handlers_due = True
    if thread is kernel.executing:
        kernel.port.pend_pendsv()
    elif (
        thread.wait is not None and thread.wait.on_signal is not None and not thread.posix.signals_blocked & bit(signal)
    ):
        kernel.wake(thread, thread.wait.on_signal(), kernel.executing)


# -- delivery ----------------------------------------------------------------------------------------------------


def open_pending(kernel: Kernel, thread: Thread) -> int:
    """Return the pending signals that ``thread`` does not block."""
    state = thread.posix
    return (state.signals_pending | kernel.part(Signals).pending) & ~state.signals_blocked


def asr_ready(thread: Thread) -> bool:
    """Whether ``thread`` has Classic signals to handle now."""
    state = thread.classic
    return bool(state.asr and state.signals and not state.modes & constants.NO_ASR)


def post_switch_action(kernel: Kernel, thread: Thread) -> str | None:
    """Send a thread that has handlers to run to signal_entry, and remember where it goes on after them."""
    state = thread.posix
    if not state.handlers_due and not thread.classic.signals:  # every switch asks: the usual answer needs no more
        return None
    if thread.is_idle or len(state.signal_frames) >= FRAME_LIMIT:
        return None
    due = state.handlers_due and bool(open_pending(kernel, thread))
    state.handlers_due = False
    if not due and not asr_ready(thread):
        return None
    state.signal_frames.append(SignalFrame(thread.sp, due))
    return "signal_entry"


@trap("signal_next")
def signal_next(kernel: Kernel, call: int) -> int:
    """Store the next handler to run and block what it blocks; 0 when there is none left."""
    thread = kernel.executing
    if kernel.from_interrupt or not thread.posix.signal_frames:
        return 0
    _restore_masks(kernel, thread)
    if asr_ready(thread):
        return _next_asr(kernel, thread, call)
    return _next_signal(kernel, thread, call) if thread.posix.signal_frames[-1].signals else 0


def _restore_masks(kernel: Kernel, thread: Thread) -> None:
    """Undo what the handler that has just returned had blocked."""
    frame = thread.posix.signal_frames[-1]
    if frame.signals_blocked is not None:
        thread.posix.signals_blocked = frame.signals_blocked
        frame.signals_blocked = None
    if frame.classic_modes is not None:
        set_modes(kernel, thread, frame.classic_modes)
        frame.classic_modes = None


def _next_asr(kernel: Kernel, thread: Thread, call: int) -> int:
    state = thread.classic
    kernel.memory.store(call, layouts.SIGNAL_CALL.pack(handler=state.asr, signal=state.signals, is_classic=1))
    state.signals = 0
    thread.posix.signal_frames[-1].classic_modes = state.modes
    set_modes(kernel, thread, state.asr_modes)
    return 1


def _next_signal(kernel: Kernel, thread: Thread, call: int) -> int:
    state = thread.posix
    signal = lowest(open_pending(kernel, thread))
    if signal is None:
        return 0
    own = state.signals_pending & bit(signal)  # it comes before the program's
    action = kernel.part(Signals).action(signal)
    if action.handler == SIG_DFL:
        # RTEMS's default for every signal: the program ends by exit(1), which signal_entry calls.
        kernel.ending_signal = signal
        kernel.memory.store(call, layouts.SIGNAL_CALL.pack(handler=SIG_DFL, signal=signal))
        return 1
    queue = kernel.part(Signals).queued.get(signal)
    information = queue[0] if queue and not own else Information(signal)
    layout = layouts.SIGNAL_CALL
    kernel.memory.store(
        call,
        layout.pack(
            handler=action.handler,
            signal=signal,
            flags=action.flags & SA_SIGINFO,
            code=information.code,
            value=information.value,
        ),
    )
    if own:
        state.signals_pending &= ~bit(signal)
    else:
        kernel.part(Signals).take(signal)
    state.signal_frames[-1].signals_blocked = state.signals_blocked
    state.signals_blocked |= action.mask
    return 1


@trap("signal_return")
def signal_return(kernel: Kernel) -> None:
    """Drop the frame that signal_entry runs on: the thread goes on where the signal interrupted it."""
    thread = kernel.executing
    if kernel.from_interrupt or not thread.posix.signal_frames:
        return
    _restore_masks(kernel, thread)
    state = thread.posix
    if state.mask_after_suspend is not None:
        state.signals_blocked, state.mask_after_suspend = state.mask_after_suspend, None
    thread.sp = state.signal_frames.pop().sp
    kernel.switcher.abandon_context()
