"""The POSIX calls that send signals, block them, wait for them, and say what happens on them."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EINTR, EINVAL, ESRCH
from rtems_shim.core.clock import NS_PER_SECOND, Base, Deadline, load_timespec
from rtems_shim.core.dispatch import trap
from rtems_shim.core.uses import Use, use_now
from rtems_shim.posix.signals import (
    SIG_DFL,
    SIG_IGN,
    SIGNALS,
    Action,
    Information,
    Signals,
    SignalWait,
    bit,
    lowest,
    send_to_process,
    send_to_thread,
)

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SIGKILL, SIGALRM = 9, 14
SIG_SETMASK, SIG_BLOCK, SIG_UNBLOCK = 0, 1, 2
PROCESS = 1
"""getpid()."""


@trap("sigaction")
def sigaction(kernel: Kernel, signal: int, action: int, old: int) -> int:
    """sigaction(): SIGKILL cannot be caught. A new handler forgets what is pending for the program."""
    if signal not in SIGNALS or signal == SIGKILL:
        return -EINVAL
    layout = layouts.SIGACTION
    values = layout.unpack(kernel.memory.load(action, layout.size)) if action else None
    if old:
        before = kernel.part(Signals).action(signal)
        kernel.memory.store(old, layout.pack(flags=before.flags, mask=before.mask, handler=before.handler))
    if values is not None:
        handler = values["handler"]
        kernel.part(Signals).actions[signal] = Action(handler, values["mask"], values["flags"])
        if handler == SIG_IGN:
            kernel.part(Signals).queued.pop(signal, None)
        if handler != SIG_DFL and signal not in kernel.part(Signals).queued:  # as on RTEMS
            kernel.part(Signals).pending &= ~bit(signal)
    return 0


@trap("pthread_sigmask")
def pthread_sigmask(kernel: Kernel, how: int, set: int, old: int) -> int:
    """pthread_sigmask(): an error is -1 and errno, as on RTEMS. Nobody looks for what it unblocks (see signals.py)."""
    if not set and not old:
        return -EINVAL
    state = kernel.executing.posix
    new = state.signals_blocked
    if set:
        mask = kernel.memory.load_word(set)
        changes = {SIG_BLOCK: new | mask, SIG_UNBLOCK: new & ~mask, SIG_SETMASK: mask}
        if how not in changes:
            return -EINVAL
        new = changes[how]
    if old:
        kernel.memory.store_word(old, state.signals_blocked)
    state.signals_blocked = new
    return 0


@trap("sigpending")
def sigpending(kernel: Kernel, set: int) -> int:
    """sigpending()."""
    if not set:
        return -EINVAL
    kernel.memory.store_word(set, kernel.executing.posix.signals_pending | kernel.part(Signals).pending)
    return 0


@trap("sigtimedwait")
def sigtimedwait(kernel: Kernel, set: int, info: int, timeout: int) -> int | None:
    """sigtimedwait(), sigwaitinfo() and sigwait(): take a pending signal, or wait for one."""
    if not set:
        return -EINVAL
    mask = kernel.memory.load_word(set)
    signal = lowest(kernel.executing.posix.signals_pending & mask) or lowest(kernel.part(Signals).pending & mask)
    if signal is None:
        return _wait_for(kernel, SignalWait(mask, info), timeout)
    if info:
        kernel.memory.store(info, Information(signal).pack())  # may be refused: then it is still pending
    return _take_pending(kernel, mask)


def _wait_for(kernel: Kernel, wanted: SignalWait, timeout: int) -> int | None:
    """Wait as long as the relative time at ``timeout`` says (NULL: for ever); no time at all only asks."""
    deadline = None
    if timeout:
        ns = load_timespec(kernel, timeout)
        if ns is None or ns < 0:
            return -EINVAL
        if not ns:
            return -EAGAIN
        deadline = Deadline(Base.UPTIME, kernel.time.uptime_ns + ns)
    return kernel.block(
        lambda: f"one of the signals 0x{wanted.mask:08x}",
        data=wanted,
        deadline=deadline,
        timed_out=-EAGAIN,
        on_signal=lambda: -EINTR,
    )


def _take_pending(kernel: Kernel, wanted: int) -> int | None:
    """Take the first pending signal of ``wanted``, the thread's own before the program's; None without one."""
    signals, state = kernel.part(Signals), kernel.executing.posix
    own = lowest(state.signals_pending & wanted)
    if own is not None:
        state.signals_pending &= ~bit(own)
        return own
    signal = lowest(signals.pending & wanted)
    if signal is not None:
        signals.take(signal)
    return signal


@trap("sigsuspend")
def sigsuspend(kernel: Kernel, mask: int) -> int | None:
    """sigsuspend(): waits with another mask; the old one comes back when the frame of the handlers is dropped.

    As on RTEMS a signal that has no handler ends it, as it does pause(), and not the program; and so does one that is
    pending already, whose handler then does not run.
    """
    if not mask:
        return -EINVAL
    state = kernel.executing.posix
    before = state.signals_blocked
    wanted = kernel.memory.load_word(mask)
    if _take_pending(kernel, WORD_MASK & ~wanted) is not None:
        return -EINTR
    state.signals_blocked = wanted

    def interrupted() -> int:
        state.mask_after_suspend = before
        return -EINTR

    data = SignalWait(WORD_MASK & ~wanted, 0, pauses=True, mask_after=before)
    return kernel.block(lambda: f"a signal that 0x{wanted:08x} does not block", data=data, on_signal=interrupted)


@trap("pause")
def pause(kernel: Kernel) -> int | None:
    """pause(): its result is the signal that ends it, as on RTEMS; one without a handler does not end the program."""
    wanted = SignalWait(WORD_MASK & ~kernel.executing.posix.signals_blocked, 0, pauses=True)
    return kernel.block(lambda: "a signal", data=wanted, on_signal=lambda: -EINTR)


@trap("pthread_kill")
def pthread_kill(kernel: Kernel, id: int, signal: int) -> int:
    """pthread_kill(): the signal is looked at first, and 0 is none, as on RTEMS."""
    if signal not in SIGNALS:
        return EINVAL
    thread = kernel.find_thread(id)
    if thread is None or not thread.alive:
        return ESRCH
    error = send_to_thread(kernel, thread, Information(signal))
    kernel.part(Signals).senders[signal] = use_now(kernel)
    return error


@trap("kill")
def kill(kernel: Kernel, process: int, signal: int) -> int:
    """kill(): there is one process."""
    return _kill(kernel, process, Information(signal))


@trap("sigqueue")
def sigqueue(kernel: Kernel, process: int, signal: int, value: int) -> int:
    """sigqueue(): as on RTEMS only a handler with SA_SIGINFO gets the value, and the code is SI_USER."""
    return _kill(kernel, process, Information(signal, value=value))


def _kill(kernel: Kernel, process: int, information: Information) -> int:
    if process != PROCESS:
        return -ESRCH
    if information.signal not in SIGNALS:
        return -EINVAL
    error = -send_to_process(kernel, information)
    kernel.part(Signals).senders[information.signal] = use_now(kernel)
    return error


@trap("ualarm")
def ualarm(kernel: Kernel, microseconds: int, interval: int) -> int:
    """ualarm(): returns the microseconds, of whole ticks, that were left of the one before."""
    state = kernel.part(Signals)
    tick_us = kernel.time.tick_ns // 1000
    left = 0
    if state.ualarm is not None:
        left = (state.ualarm.deadline.value - kernel.time.ticks) * tick_us
        state.ualarm.cancel()
        state.ualarm = None
    if microseconds:
        _ring_after(kernel, -(-microseconds // tick_us), -(-interval // tick_us), use_now(kernel))
    return left


def _ring_after(kernel: Kernel, ticks: int, interval: int, asked: Use) -> None:
    def ring() -> None:
        kernel.part(Signals).ualarm = None
        if interval:
            _ring_after(kernel, interval, interval, asked)
        send_to_process(kernel, Information(SIGALRM, asked=asked))

    kernel.part(Signals).ualarm = kernel.time.call_at(kernel.time.in_ticks(ticks), ring)


@trap("alarm")
def alarm(kernel: Kernel, seconds: int) -> int:
    """alarm(): returns the whole seconds that were left of the one before."""
    state = kernel.part(Signals)
    left = 0
    if state.alarm is not None:
        left = -(-(state.alarm.deadline.value - kernel.time.ticks) * kernel.time.tick_ns // NS_PER_SECOND)
        state.alarm.cancel()
        state.alarm = None
    if seconds:
        deadline = kernel.time.after(seconds * NS_PER_SECOND)
        asked = use_now(kernel)
        state.alarm = kernel.time.call_at(deadline, lambda: _ring(kernel, asked))
    return left


def _ring(kernel: Kernel, asked: Use) -> None:
    kernel.part(Signals).alarm = None
    send_to_process(kernel, Information(SIGALRM, asked=asked))
