"""What a report says of one fault besides its headline: why it escalated, what software did.

Every word is of the record that was made at the fault. No state.
"""

from __future__ import annotations

from emulator.armv7m.faults import CAUSES, REQUESTS, Escalation, ExceptionNumber, exception_name
from emulator.machine.fault_record import FaultRecord, StatusWords

_VALID = {"MMARVALID": CAUSES["DACCVIOL"].valid_bit, "BFARVALID": CAUSES["PRECISERR"].valid_bit}
_ENABLE = {ExceptionNumber.DEBUG_MONITOR: "DEMCR"}


def status_bits(status: StatusWords) -> tuple[str, ...]:
    """Return the names of the bits of CFSR, HFSR and DFSR that are one, in the order of ``CAUSES``."""
    names = [cause.name for cause in CAUSES.values() if getattr(status, cause.register) >> cause.bit & 1]
    return tuple(names + [name for name, bit in _VALID.items() if bit is not None and status.CFSR >> bit & 1])


def describe_escalation(escalation: Escalation | None) -> str:
    """Say why an exception became HardFault, '' where none did. [B1.5.14]"""
    if escalation is None:
        return ""
    name = exception_name(escalation.exception)
    became = "so the breakpoint became" if escalation.exception == ExceptionNumber.DEBUG_MONITOR else "so it became"
    if not escalation.enabled:
        register = _ENABLE.get(ExceptionNumber(escalation.exception), "SHCSR")
        return f"{name} is not enabled in {register}, {became} HardFault"
    if escalation.mask.endswith("RDY"):
        return (
            f"FPCCR.{escalation.mask} was 0 when the frame was reserved: {name} could not have been taken then, "
            f"{became} HardFault"
        )
    own = f"{name} (priority {priority_words(escalation.priority)})"
    return f"{own} could not preempt {_holder(escalation)}, {became} HardFault"


def _holder(escalation: Escalation) -> str:
    if escalation.holder:
        handler = f"the {exception_name(escalation.holder)} handler"
        return f"{handler} (priority {priority_words(escalation.current)})"
    if escalation.mask == "BASEPRI":
        return f"code under BASEPRI {priority_words(escalation.current)}"
    return f"code that has {escalation.mask} set"


def priority_words(priority: int) -> str:
    """Return a priority as it is written: in hexadecimal, as registers have it, but for the negative ones."""
    return str(priority) if priority < 0 else f"0x{priority:02x}"


def is_request(record: FaultRecord) -> bool:
    """Whether nothing faulted: software, or a device, made the exception pending."""
    cause = record.fault.cause
    return REQUESTS.get(cause.exception) is cause


def describe_request(record: FaultRecord, who: str) -> str:
    """Say who made an exception pending although nothing faulted. ``who`` is who executed."""
    cause = record.fault.cause
    name = exception_name(cause.exception)
    if record.device:
        return f"{name}: the device {record.device} raised it."
    return f"{name}: {who} made it pending, by {cause.register}.{cause.name}; nothing faulted."
