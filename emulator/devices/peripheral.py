"""What the peripherals have in common: word registers at offsets, interrupt lines, parameters, and state to save.

A register answers at exactly its own offset, to bytes and halfwords too: a narrow load gets its low bits, a narrow
store is zero-extended. Every other offset reads as zero and ignores writes. QEMU's models of these blocks do the same,
so a program that was tried there meets nothing new here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from emulator.annotations import Any, ClassVar
from emulator.armv7m.ports import Port, constant
from emulator.bits import mask
from emulator.devices.device import DeviceContext
from emulator.records import dataclass

Line = Callable[[bool], None]
"""Drives one interrupt line to a level."""

Value = int | str | tuple[int, ...] | Mapping[str, Any]
"""A parameter of a device: a number, a text, a row of numbers, or tables that the type reads itself."""

ID_OFFSET = 0xFD0
"""Where a PrimeCell-like block has its twelve identification registers: PID4-7, PID0-3, CID0-3."""

COMPONENT_ID = (0x0D, 0xF0, 0x05, 0xB1)
"""CID0-3 of every such block."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a board may give a device.

    ``type`` is int, str, tuple for a row of ints, or dict for tables. ``default`` None means that the board must give
    it. ``choices`` lists what a text may be; ``highest`` is the largest number.
    """

    type: type
    default: Value | None = None
    choices: tuple[str, ...] = ()
    highest: int = 0xFFFF_FFFF

    @property
    def is_optional(self) -> bool:
        """Whether a board may leave it out."""
        return self.default is not None


REGISTER_LINES = ("interrupt", "interrupt1", "interrupt2", "interrupt3")
"""The interrupt lines that a device of declared registers may have; each is also the parameter that drives it."""
CONSOLE = Parameter(str, "")
"""The name of the channel that a UART sends to and receives from; empty is a UART that nobody listens to."""


def unconnected(level: bool) -> None:
    """A line that leads nowhere."""


def identification(peripheral: Iterable[int]) -> Iterator[Port]:
    """Yield the identification registers of a block; ``peripheral`` holds PID4-7 and then PID0-3."""
    for index, value in enumerate((*peripheral, *COMPONENT_ID)):
        yield Port(ID_OFFSET + 4 * index, constant(value))


class Peripheral:
    """A block of word registers. A subclass yields them from ``ports`` and names its state.

    ``LINES`` are its interrupt outputs, ``PARAMETERS`` what a board may set. ``STATE`` names the attributes that a
    snapshot holds, ``PARTS`` the attributes with a state of their own. ``size`` is in bytes.
    """

    LINES: ClassVar[tuple[str, ...]] = ()
    PARAMETERS: ClassVar[Mapping[str, Parameter]] = {}
    STATE: ClassVar[tuple[str, ...]] = ()
    PARTS: ClassVar[tuple[str, ...]] = ()
    size = 0x1000

    def __init__(
        self, context: DeviceContext, lines: Mapping[str, Line], parameters: Mapping[str, Value] | None = None
    ) -> None:
        """Take interrupt lines by their names in LINES; those that are left out lead nowhere.

        ``parameters`` left out have their defaults.
        """
        self.context = context
        self.name = ""
        """What the board calls it; set by whoever made it, as the next."""
        self.address = 0
        """Where its registers begin."""
        self.lines: dict[str, Line] = {name: lines.get(name, unconnected) for name in self.LINES}
        defaults = {name: parameter.default for name, parameter in self.PARAMETERS.items()}
        self.parameters: dict[str, Any] = defaults | dict(parameters or {})
        self.set_up()
        ports = list(self.ports())
        self._loads = {port.address: port.load for port in ports}
        self._stores = {port.address: port.store for port in ports}
        self.reset()

    @property
    def may_reset(self) -> bool:
        """Whether it may reset the system, or raise NMI, as time passes."""
        return False

    def set_up(self) -> None:
        """Create what the registers need, once."""

    def ports(self) -> Iterator[Port]:
        """Yield the registers; their addresses are offsets."""
        yield from ()

    def reset(self) -> None:
        """Return to the state after a system reset."""

    def power_up(self) -> None:
        """Return to the state after power-up: a reset of what a system reset keeps, too."""
        self.reset()

    def input_ready(self) -> None:
        """A channel that had no more input may have some."""

    def update(self) -> None:
        """Drive the interrupt lines to the levels that the state demands."""

    # -- the bus -------------------------------------------------------------------------------------------------

    def read(self, offset: int, size: int) -> int | None:
        """See Device."""
        load = self._loads.get(offset)
        return load() & mask(8 * size) if load is not None else 0

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device. A subclass knows its registers."""
        return False

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """See Device."""
        return None

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """See Device. A subclass may know the names."""
        return None

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device."""
        store = self._stores.get(offset)
        if store is not None:
            store(value & mask(8 * size))
        return True

    # -- snapshots -----------------------------------------------------------------------------------------------

    def save(self) -> dict[str, Any]:
        """Return the state as plain values, for ``restore`` of a block of the same kind."""
        state = {name: _copy(getattr(self, name)) for name in self.STATE}
        return state | {name: getattr(self, name).save() for name in self.PARTS}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what ``save`` returned. The clock has been restored and holds no call of this block."""
        for name in self.STATE:
            setattr(self, name, _copy(state[name]))
        for name in self.PARTS:
            getattr(self, name).restore(state[name])
        self.update()


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value
