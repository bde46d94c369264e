"""What the System Control Space asks of the machine around it. The machine replaces the fields; all have a default."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.records import dataclass


class Masks(NamedTuple):
    """The special registers that ICSR.VECTPENDING counts in. [B3.2.4]"""

    faultmask: int
    basepri: int


def _no_output(port: int, data: bytes) -> None:
    """Nobody listens to the ITM."""


@dataclass(slots=True)
class Hooks:
    """Calls into the machine. They note what happened and return; none of them runs guest code.

    ``request_reset(kind)``: AIRCR asks for ``SYSRESETREQ`` or ``VECTRESET``. ``itm_write(port, data)``: bytes of a
    stimulus port. ``event_register_set()``: SCR.SEVONPEND makes a newly pending exception a WFE wake-up event.
    ``state_changed()``: after any write that may change which exception is taken next. ``configuration_changed()``:
    after a write to CCR, CPACR, FPCCR or ACTLR, which change what instructions do. ``ipsr()`` and ``masks()`` tell
    the current IPSR, FAULTMASK and BASEPRI. ``requests_changed()``: after a write that may have made NMI, a fault or
    DebugMonitor pending, or not pending any more. ``vtor_written(value, kept)``: after a store to VTOR.
    """

    request_reset: Callable[[str], None] = lambda kind: None
    itm_write: Callable[[int, bytes], None] = _no_output
    event_register_set: Callable[[], None] = lambda: None
    state_changed: Callable[[], None] = lambda: None
    configuration_changed: Callable[[], None] = lambda: None
    ipsr: Callable[[], int] = lambda: 0
    masks: Callable[[], Masks] = lambda: Masks(0, 0)
    requests_changed: Callable[[], None] = lambda: None
    vtor_written: Callable[[int, int], None] = lambda value, kept: None
