"""Thread cancellation. Deferred cancellation acts in pthread_testcancel only, as in RTEMS; no other call is a point.

A cancelled thread goes on at the guest's cancel_entry, which runs its cleanup handlers and ends it.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.errno import EINVAL, EPROTO, ESRCH
from rtems_shim.core.dispatch import trap
from rtems_shim.core.thread import Thread
from rtems_shim.core.uses import use_now
from rtems_shim.posix.pthread import PTHREAD_CANCELED

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DISABLE = 0, 1
PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS = 0, 1


def post_switch_action(kernel: Kernel, thread: Thread) -> str | None:
    """Send a thread that is to be cancelled to cancel_entry before it runs; that takes the request away."""
    state = thread.posix
    if not state.cancel_pending or state.cancel_disabled or not state.cancel_asynchronous:
        return None
    state.cancel_pending = False
    state.cancel_disabled = True
    return "cancel_entry"


def _act(kernel: Kernel) -> None:
    """Send the executing thread to cancel_entry: there is no way back, so its context may be overwritten."""
    state = kernel.executing.posix
    state.cancel_pending = False
    state.cancel_disabled = True
    kernel.port.registers.pc = kernel.configuration["cancel_entry"] & ~1
    kernel.port.registers.r[0] = 0


@trap("pthread_cancel")
def pthread_cancel(kernel: Kernel, id: int) -> int | None:
    """pthread_cancel(): a thread that cancels itself ends at once."""
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    if not thread.alive:
        thread.posix.exit_value = PTHREAD_CANCELED
        return 0
    if thread is kernel.executing and not kernel.from_interrupt:
        _act(kernel)
        return None
    state = thread.posix
    state.cancel_pending = True
    thread.ended_in = use_now(kernel)
    if state.cancel_asynchronous and not state.cancel_disabled:
        if thread.suspended:
            kernel.resume(thread)
        if thread.wait is not None:
            kernel.wake(thread, 0, kernel.executing)
    return 0


@trap("pthread_testcancel")
def pthread_testcancel(kernel: Kernel) -> None:
    """pthread_testcancel()."""
    state = kernel.executing.posix
    if state.cancel_pending and not state.cancel_disabled and not kernel.from_interrupt:
        _act(kernel)


@trap("pthread_setcancelstate")
def pthread_setcancelstate(kernel: Kernel, state: int, old: int) -> int:
    """pthread_setcancelstate()."""
    if kernel.from_interrupt:
        return EPROTO
    if state not in (PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DISABLE):
        return EINVAL
    posix = kernel.executing.posix
    if old:
        kernel.memory.store_word(old, posix.cancel_disabled)
    posix.cancel_disabled = state == PTHREAD_CANCEL_DISABLE
    return _changed(kernel)


@trap("pthread_setcanceltype")
def pthread_setcanceltype(kernel: Kernel, type: int, old: int) -> int:
    """pthread_setcanceltype()."""
    if kernel.from_interrupt:
        return EPROTO
    if type not in (PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS):
        return EINVAL
    posix = kernel.executing.posix
    if old:
        kernel.memory.store_word(old, posix.cancel_asynchronous)
    posix.cancel_asynchronous = type == PTHREAD_CANCEL_ASYNCHRONOUS
    return _changed(kernel)


def _changed(kernel: Kernel) -> int:
    """Let a request that is due now act at the switch."""
    posix = kernel.executing.posix
    if posix.cancel_pending and posix.cancel_asynchronous and not posix.cancel_disabled:
        kernel.port.pend_pendsv()
    return 0
