"""How a memory-mapped register is declared, and the one registry of all of them.

    class AIRCR(Register, address=0xE000_ED0C, reset=0xFA05_0000):
        \"\"\"AIRCR, Application Interrupt and Reset Control Register. [B3.2.6]\"\"\"
        PRIGROUP = Field(10, 8)

A value of a register is its word: an int. ``AIRCR(word).PRIGROUP`` reads a field, ``.replace(PRIGROUP=3)`` builds a
word, ``.written(value)`` is the word after a store. What a store does belongs to the field (``Kind``). The blocks of
the System Control Space declare their registers beside their behaviour; everyone else finds them by address or name.
"""

from __future__ import annotations

from enum import StrEnum

from emulator.annotations import ClassVar, Self, overload
from emulator.bits import WORD_MASK, mask


class Kind(StrEnum):
    """What loads and stores do to a field."""

    RW = "RW"
    RO = "RO"
    RC = "RC"  # a load clears it, a store does nothing
    WO = "WO"  # reads as zero
    W1C = "W1C"  # a store clears the bits that are written as one
    W1S = "W1S"  # a store sets the bits that are written as one

    __hash__ = str.__hash__  # an enumeration's own is Python code, and each field of each register asks for it


_NO_MASKS = dict.fromkeys(Kind, 0)


class Field:
    """Bits ``high`` down to ``low`` of a register, both inclusive; one bit when ``low`` is left out."""

    __slots__ = ("high", "kind", "low", "mask", "name")

    def __init__(self, high: int, low: int | None = None, kind: Kind = Kind.RW) -> None:
        low = high if low is None else low
        if not 0 <= low <= high <= 31:
            raise ValueError(f"bits must be 31 >= high >= low >= 0, not {high}:{low}")
        self.high, self.low, self.kind = high, low, kind
        self.mask = mask(high - low + 1) << low
        self.name = ""

    def __set_name__(self, owner: type[Register], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, register: None, owner: type[Register]) -> Self: ...
    @overload
    def __get__(self, register: Register, owner: type[Register]) -> int: ...
    def __get__(self, register: Register | None, owner: type[Register]) -> Self | int:
        return self if register is None else (register & self.mask) >> self.low

    def insert(self, word: int, value: int) -> int:
        """Return ``word`` with this field set to ``value``."""
        if value & ~(self.mask >> self.low):
            raise ValueError(f"{self.name} must fit {self.high - self.low + 1} bits, not {value!r}")
        return word & ~self.mask | value << self.low


class Register(int):
    """A register's word. Subclasses declare one register, or ``count`` of them ``stride`` bytes apart.

    An alias at another address is a subclass of the register it aliases.

    ``reset`` is the reset value, or words that say what decides it. ``narrow``: byte and halfword accesses work too.
    ``unprivileged`` says in words what unprivileged code may do; nothing, when it is empty.
    """

    __slots__ = ()
    ADDRESS: ClassVar[int]
    COUNT: ClassVar[int]
    STRIDE: ClassVar[int]
    RESET: ClassVar[int | str]
    NARROW: ClassVar[bool]
    UNPRIVILEGED: ClassVar[str]
    FIELDS: ClassVar[dict[str, Field]] = {}
    MASKS: ClassVar[dict[Kind, int]]

    def __init_subclass__(
        cls,
        address: int,
        count: int = 1,
        stride: int = 4,
        reset: int | str = 0,
        narrow: bool = False,
        unprivileged: str = "",
    ) -> None:
        cls.ADDRESS, cls.COUNT, cls.STRIDE, cls.RESET = address, count, stride, reset
        cls.NARROW, cls.UNPRIVILEGED = narrow, unprivileged
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.FIELDS = cls.FIELDS | own
        cls.MASKS = masks = _NO_MASKS.copy()
        for item in cls.FIELDS.values():
            masks[item.kind] |= item.mask
        elements = range(address, address + count * stride, stride)
        for element in elements:
            if element & 3 or element in _REGISTRY:
                raise ValueError(f"{cls.__name__} must be at a word address of its own, not {element:#010x}")
        _REGISTRY.update(dict.fromkeys(elements, cls))

    def __new__(cls, word: int = 0) -> Self:
        return super().__new__(cls, word & WORD_MASK)

    def replace(self, **values: int) -> Self:
        """Return the word with some fields replaced. An unknown field or a value too large is a ValueError."""
        word = int(self)
        for name, value in values.items():
            if name not in self.FIELDS:
                raise ValueError(f"{type(self).__name__} has no field {name!r}")
            word = self.FIELDS[name].insert(word, value)
        return type(self)(word)

    def written(self, value: int) -> Self:
        """Return the word after a store of ``value``; reserved and write-only bits are zero."""
        masks = self.MASKS
        kept = self & (masks[Kind.RO] | masks[Kind.RC])
        cleared = self & masks[Kind.W1C] & ~value
        assigned = value & masks[Kind.RW] | (self | value) & masks[Kind.W1S]
        return type(self)(kept | cleared | assigned)

    def fields(self) -> dict[str, int]:
        """Return the value of each field that can be read, in the order of declaration."""
        return {name: getattr(self, name) for name, item in self.FIELDS.items() if item.kind is not Kind.WO}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self):#010x})"


_REGISTRY: dict[int, type[Register]] = {}


def register_at(address: int) -> type[Register] | None:
    """Return the register that the word at ``address`` belongs to; the blocks must have been imported (scs.py)."""
    return _REGISTRY.get(address & ~3)


def name_at(address: int) -> str | None:
    """Return the manual's name of the register at ``address``: ``SYST_CSR``, ``NVIC_IPR5``; None where is none."""
    found = register_at(address)
    if found is None:
        return None
    if found.COUNT == 1:
        return found.__name__
    return f"{found.__name__}{((address & ~3) - found.ADDRESS) // found.STRIDE}"


def all_registers() -> list[type[Register]]:
    """Return every declared register once, by ascending address."""
    return sorted(set(_REGISTRY.values()), key=lambda register: register.ADDRESS)


if __name__ == "__main__":
    # Not the registry above: this file runs as __main__, and the blocks fill the one of the imported module.
    from emulator.armv7m.register_table import main

    main()
