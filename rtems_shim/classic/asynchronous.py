"""Classic asynchronous signals: rtems_signal_catch and rtems_signal_send. How they are delivered is in signals.py."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import constants
from rtems_shim.abi.status import Status
from rtems_shim.core.dispatch import trap
from rtems_shim.posix.signals import asr_ready

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


@trap("rtems_signal_catch")
def rtems_signal_catch(kernel: Kernel, handler: int, modes: int) -> int:
    """rtems_signal_catch(): handler 0 catches nothing any more. Interrupts cannot be masked by a mode, as on RTEMS."""
    if handler and modes & constants.INTERRUPT_MASK:
        return Status.NOT_IMPLEMENTED
    state = kernel.executing.classic
    state.asr, state.asr_modes = handler, modes & constants.MODE_MASK
    return Status.SUCCESSFUL


@trap("rtems_signal_send")
def rtems_signal_send(kernel: Kernel, id: int, signals: int) -> int:
    """rtems_signal_send(): NOT_DEFINED for a task without a handler."""
    if not signals:
        return Status.INVALID_NUMBER
    thread = kernel.find_thread(id)
    if thread is None or not thread.alive:
        return Status.INVALID_ID
    if not thread.classic.asr:
        return Status.NOT_DEFINED
    thread.classic.signals |= signals
    if thread is kernel.executing and asr_ready(thread):
        kernel.port.pend_pendsv()
    return Status.SUCCESSFUL
