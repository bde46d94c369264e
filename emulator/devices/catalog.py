"""The device types that a board may name, and how the devices of a board are wired, and made when they are needed.

Interrupt lines of several devices may meet in one interrupt: it is high while any of them is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module

from emulator.annotations import Any
from emulator.devices.device import DeviceContext
from emulator.devices.peripheral import Line, Peripheral, Value
from emulator.records import dataclass, field


class DeviceTypes(Mapping[str, type[Peripheral]]):
    """The types by name. ``cmsdk-uart`` is CmsdkUart in cmsdk_uart.py, imported when somebody asks for it."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __getitem__(self, name: str) -> type[Peripheral]:
        if name not in self._names:
            raise KeyError(name)
        module = import_module(f"{__package__}.{name.replace('-', '_')}")
        kind: type[Peripheral] = getattr(module, "".join(word.capitalize() for word in name.split("-")))
        return kind

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


DEVICE_TYPES = DeviceTypes(
    *("cmsdk-dual-timer", "cmsdk-gpio", "cmsdk-timer", "cmsdk-uart", "cmsdk-watchdog", "mps2-fpgaio", "mps2-scc"),
    *("kinetis-pit", "lpc-timer", "nrf-ppi", "nrf-radio", "nrf-rtc", "nrf-timer", "nrf-uarte"),
    *("pl011", "pl022", "pl061", "stellaris-adc", "stellaris-gptm", "stellaris-i2c", "stellaris-sysctl"),
    *("registers", "sam-tc", "stm32-crc", "stm32-dma", "stm32-rtc", "stm32-timer", "unimplemented"),
)

WATCH_TIME = frozenset({"mps2-fpgaio"})
"""Types whose state depends on when they were reset last; a device of any other may be made at any time after that."""

NMI = -1
"""Stands for the NMI where an interrupt number is asked for."""


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A device as a board describes it. ``irqs`` maps lines of its type to external interrupts, or to NMI.

    ``size`` is in bytes; ``parameters`` hold what the board gives, the rest have their defaults.
    """

    name: str
    type: str
    address: int
    size: int
    irqs: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)


class SharedLine:
    """An OR gate in front of one interrupt."""

    def __init__(self, drive: Line) -> None:
        self._drive = drive
        self._count = 0
        self.inputs = 0

    def input(self) -> Line:
        """Return one more input, low at first."""
        bit = 1 << self._count
        self._count += 1

        def set_level(level: bool) -> None:
            inputs = self.inputs | bit if level else self.inputs & ~bit
            if inputs != self.inputs:
                self.inputs = inputs
                self._drive(bool(inputs))

        return set_level


class LateDevice:
    """What is on the bus for a device: it is made when it is first accessed, or asked for.

    Until then it is as a reset leaves it: no line is high, and nothing is to happen. A program uses few of a board's
    devices, and making the rest, with their modules, would take a tenth of the time of a short run.
    """

    def __init__(self, size: int, make: Callable[[], Peripheral]) -> None:
        self.size = size
        self._make = make
        self.made: Peripheral | None = None
        self.read: Callable[[int, int], int | None] = lambda offset, size: self.device().read(offset, size)
        """See Device; once it is made, the device's own method."""
        self.write: Callable[[int, int, int], bool] = lambda offset, size, word: self.device().write(offset, size, word)
        """See Device; once it is made, the device's own method."""

    def device(self) -> Peripheral:
        """Return the device."""
        if self.made is None:
            self.made = device = self._make()
            self.read, self.write = device.read, device.write
        return self.made

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device."""
        return self.device().is_steady(offset, size)

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """See Device."""
        return self.device().steady_bytes(offset, size)

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """See Device."""
        return self.device().register_name(offset, bits)

    def reset(self) -> None:
        """See Device."""
        if self.made is not None:
            self.made.reset()


@dataclass(frozen=True, slots=True)
class PlacedDevice:
    """A device at its address."""

    name: str
    address: int
    late: LateDevice

    @property
    def device(self) -> Peripheral:
        """The device, made now if it was not needed before."""
        return self.late.device()


class Devices:
    """The devices of one machine, in the order in which the board names them."""

    def __init__(
        self, specs: Iterable[DeviceSpec], context: DeviceContext, overlay: DeviceSpec | None = None
    ) -> None:  # fmt: skip
        """Wire the devices of ``specs``, and ``overlay`` behind them: registers at any addresses."""
        self._gates: dict[int, SharedLine] = {}
        self._raises_nmi = ""
        self._specs = (*specs, *((overlay,) if overlay is not None else ()))
        self.placed = [PlacedDevice(spec.name, spec.address, self._late(spec, context)) for spec in self._specs]

    def _late(self, spec: DeviceSpec, context: DeviceContext) -> LateDevice:
        lines = {name: self._gate(irq, context).input() for name, irq in spec.irqs.items()}
        for name, irq in spec.irqs.items():
            if irq == NMI:
                lines[name] = self._naming(spec.name, lines[name])

        def make() -> Peripheral:
            device = DEVICE_TYPES[spec.type](context, lines, spec.parameters)
            device.name, device.address = spec.name, spec.address
            return device

        late = LateDevice(spec.size, make)
        if spec.type in WATCH_TIME:
            late.device()
        return late

    def _gate(self, irq: int, context: DeviceContext) -> SharedLine:
        if irq not in self._gates:
            drive = partial(self._drive_nmi, context) if irq == NMI else _interrupt(context.set_irq, irq)
            self._gates[irq] = SharedLine(drive)
        return self._gates[irq]

    def _naming(self, device: str, line: Line) -> Line:
        """Return ``line``, an input of the NMI, noting that ``device`` drives it."""

        def set_level(level: bool) -> None:
            self._raises_nmi = device
            line(level)

        return set_level

    def _drive_nmi(self, context: DeviceContext, level: bool) -> None:
        context.set_nmi(level, self._raises_nmi)

    def drivers(self, irq: int) -> list[str]:
        """Return what drives an external interrupt: ``uart0 rx``, the device and its line."""
        lines = [(spec.name, name) for spec in self._specs for name, number in spec.irqs.items() if number == irq]
        return [device if name in ("", "irq", "interrupt") else f"{device} {name}" for device, name in lines]

    def __getitem__(self, name: str) -> Peripheral:
        """Return the device called ``name``; KeyError when there is none."""
        for placed in self.placed:
            if placed.name == name:
                return placed.device
        raise KeyError(name)

    def may_reset(self) -> bool:
        """Whether a device may reset the system, or raise NMI, as time passes."""
        return any(placed.late.made is not None and placed.late.made.may_reset for placed in self.placed)

    def power_up(self) -> None:
        """Return every device to its state after power-up."""
        for placed in self.placed:
            if placed.late.made is not None:
                placed.late.made.power_up()

    def input_ready(self) -> None:
        """Channels that were at their end may have more."""
        for placed in self.placed:
            if placed.late.made is not None:
                placed.late.made.input_ready()

    def save(self) -> dict[str, Any]:
        """Return the state of every device and gate, as plain values."""
        return {
            "gates": {irq: gate.inputs for irq, gate in self._gates.items()},
            "devices": {placed.name: placed.device.save() for placed in self.placed},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what ``save`` returned.

        The clock must have been restored and hold no call of a device; the interrupt controller knows the levels of
        its lines from its own snapshot.
        """
        devices = [(placed.device, state["devices"][placed.name]) for placed in self.placed]  # new ones drive lines low
        for irq, inputs in state["gates"].items():
            self._gates[irq].inputs = inputs
        for device, saved in devices:
            device.restore(saved)


def _interrupt(set_irq: Callable[[int, bool], None], irq: int) -> Line:
    return lambda level: set_irq(irq, level)
