"""The contract of a memory-mapped peripheral.

A device is a plain object: no threads, no host time. It reads virtual time from its context's clock, schedules its own
future with ``clock.call_at``, and drives interrupt lines by level. ``None`` and ``False`` are bus errors.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.guest import Clock
from emulator.records import dataclass, field


class Device(Protocol):
    """A peripheral that occupies ``size`` bytes of address space."""

    size: int

    def read(self, offset: int, size: int) -> int | None:
        """Return the value of a ``size``-byte read at ``offset``, with its side effects; None is a bus error."""

    def is_steady(self, offset: int, size: int) -> bool:
        """Whether a read there has no side effects, and answers the same until another access or a scheduled call."""

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """Return what memory would hold that reads as these bytes do, if all are steady and read so; else None."""

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """Return the name of the register at ``offset``, and of the field that has all ``bits``; None: unknown."""

    def write(self, offset: int, size: int, value: int) -> bool:
        """Do a ``size``-byte write at ``offset``; False is a bus error."""

    def reset(self) -> None:
        """Return to the state after a system reset."""


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """What a board gives its devices.

    ``frequency``: instructions per virtual second. ``set_irq(n, level)`` drives external interrupt line ``n``.
    ``transmit(name, data)`` sends console bytes; ``receive(name)`` returns the next input byte of that channel or None.
    ``ask(name)`` says that the program asks for input there. ``load(address, size)`` and ``store(address, data)`` are a
    device's own accesses to memory, past the MPU: what is no memory reads as zeros and takes nothing.
    ``request_reset(device)`` asks for a system reset at the next block boundary, ``set_nmi(level, device)`` drives the
    NMI line: ``device`` is the name that the board gives the device that does. ``event_listeners`` hear of the events
    of devices that have such, by the addresses of their registers; ``start_task(address)`` stores 1 to the register of
    another device there. ``load_register(address, size)`` and ``store_register(address, size, value)`` are accesses to
    another device's registers: zero and nothing where there is none.
    """

    clock: Clock
    frequency: int
    set_irq: Callable[[int, bool], None]
    transmit: Callable[[str, bytes], None]
    receive: Callable[[str], int | None]
    request_reset: Callable[[str], None]
    set_nmi: Callable[[bool, str], None] = lambda level, device: None
    ask: Callable[[str], None] = lambda channel: None
    load: Callable[[int, int], bytes] = lambda address, size: bytes(size)
    store: Callable[[int, bytes], None] = lambda address, data: None
    event_listeners: list[Callable[[int], None]] = field(default_factory=list)
    start_task: Callable[[int], None] = lambda address: None
    load_register: Callable[[int, int], int] = lambda address, size: 0
    store_register: Callable[[int, int, int], None] = lambda address, size, value: None

    def tell_event(self, address: int) -> None:
        """The event whose register is at ``address`` has happened."""
        for listener in self.event_listeners:
            listener(address)
