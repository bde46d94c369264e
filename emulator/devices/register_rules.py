"""What a register's bits follow, as text: the rules of declared registers.

    .HSERDY = .HSEON after 2 reads      the bit is what the other was, two reads of it later
    .3:2 = .1:0                         bits of the same number are copied, in their order
    .0 set by TASKS_START.0             set when the other rises, and then the program's to clear
    .2 cleared by .2 after 80 us        clears itself

In front is a place in the register that has the rule, behind it an expression of ``&``, ``|`` and ``!`` over places
(``.5``, ``.7:4``, ``.FIELD``; ``CR1.5`` is in another register), 0, 1 and ``rx``, a byte of input that waits. A place
of several bits counts as true where it is not zero. ``DR.written`` and ``DR.read`` hold for the moment of such an
access, whatever is stored or loaded. Rules are separated by ``;``. No state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from emulator.annotations import NamedTuple
from emulator.errors import ConfigError
from emulator.program_file import printable

READS, INSTRUCTIONS, MICROSECONDS = "reads", "instructions", "us"
_UNITS = {"read": READS, "reads": READS, "instruction": INSTRUCTIONS, "instructions": INSTRUCTIONS, "us": MICROSECONDS}
MOST_RULES = 64
"""Rules of one register."""
LONGEST_DELAY = 1 << 32
LONGEST_TEXT = 4000

ACCESSES = ("read", "written")
"""What happens to a register, as a place of one bit of it that is in no field: the key ``DR.read`` of the values."""
_RULE = re.compile(r"\.(\S+)\s*(=|set by|cleared by)\s*(.+?)(?:\s+after\s+([0-9_]+)\s+(\w+))?", re.DOTALL)
_TERM = re.compile(r"(!?)\s*(?:(0|1|rx)|(\w*)\.([\w:]+))")
_FIELD = re.compile(r"([A-Za-z_]\w*):(\d+)(?:-(\d+))?")


class Place(NamedTuple):
    """``width`` bits from bit ``low`` of ``register``."""

    register: str
    low: int
    width: int

    @property
    def mask(self) -> int:
        """The bits, in their place."""
        return ((1 << self.width) - 1) << self.low


class Term(NamedTuple):
    """A place, or one of ``0``, ``1`` and ``rx`` in ``name``; negated, if it is. ``register`` and ``mask`` are the
    place's, for those who look at it all the time.
    """

    negated: bool
    name: str
    place: Place | None
    register: str = ""
    mask: int = 0


Expression = tuple[tuple[Term, ...], ...]
"""A disjunction of conjunctions."""


class Rule(NamedTuple):
    """``target`` follows ``source``: ``verb`` is ``=``, ``set by`` or ``cleared by``; ``delay`` is in ``unit``."""

    target: Place
    verb: str
    source: Expression
    delay: int
    unit: str


Fields = Mapping[str, Mapping[str, tuple[int, int]]]
"""(low bit, width) of each field, of each register."""


def read_fields(text: str, bits: int) -> dict[str, tuple[int, int]]:
    """Return (low bit, width) of each field of ``HSION:0 HSITRIM:7-3``, in a register of ``bits`` bits.

    Raises ConfigError.
    """
    found: dict[str, tuple[int, int]] = {}
    for word in text.split():
        match = _FIELD.fullmatch(word)
        high = -1 if match is None else int(match[2])
        low = high if match is None or match[3] is None else int(match[3])
        if match is None or not 0 <= low <= high < bits:
            raise ConfigError(f"fields: {printable(word, 40)!r} is no field. Write NAME:BIT or NAME:HIGH-LOW.")
        found[match[1]] = low, high - low + 1
    return found


def read_rules(text: str, register: str, fields: Fields, sizes: Mapping[str, int]) -> list[Rule]:
    """Return the rules of ``register``; ``sizes`` holds the bytes of each register. Raises ConfigError."""
    rules = []
    for part in filter(None, (part.strip() for part in text[:LONGEST_TEXT].split(";"))):
        match = _RULE.fullmatch(part)
        if match is None:
            raise _no_rule(part, "write it as .17 = .16 after 2 reads")
        target = _place(match[1], register, fields, sizes, part)
        if target.register != register:
            raise _no_rule(part, "only bits of its own register follow something")
        delay, unit = int(match[4] or 0), _UNITS.get(match[5] or READS)
        if unit is None or delay > LONGEST_DELAY:
            raise _no_rule(part, "a delay is a number of reads, instructions or us")
        rules.append(Rule(target, match[2], read_expression(match[3], register, fields, sizes), delay, unit))
    if len(rules) > MOST_RULES or len(text) > LONGEST_TEXT:
        raise ConfigError(f"rules: {len(rules)} rules are too many for a register. Write at most {MOST_RULES}.")
    return rules


def read_expression(text: str, register: str, fields: Fields, sizes: Mapping[str, int]) -> Expression:
    """Return an expression; places without a register are in ``register``. Raises ConfigError."""
    products = (product.split("&") for product in text.split("|"))
    return tuple(tuple(_term(term.strip(), register, fields, sizes) for term in product) for product in products)


def _term(text: str, register: str, fields: Fields, sizes: Mapping[str, int]) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise _no_rule(text, "bits are .5, .7:4, .FIELD or CR1.5; there are 0, 1 and rx, too")
    if match[2]:
        return Term(bool(match[1]), match[2], None)
    place = _place(match[4], match[3] or register, fields, sizes, text)
    return Term(bool(match[1]), "", place, place.register, place.mask)


def _place(text: str, register: str, fields: Fields, sizes: Mapping[str, int], where: str) -> Place:
    if register not in sizes:
        raise _no_rule(where, f"there is no register {printable(register, 40)!r} in this device")
    if text in fields[register]:
        return Place(register, *fields[register][text])
    if text in ACCESSES:
        return Place(f"{register}.{text}", 0, 1)
    high, colon, low = text.partition(":")
    if not high.isdecimal() or (colon and not low.isdecimal()):
        raise _no_rule(where, f"{register} has no field {printable(text, 40)!r}")
    first = int(low or high)
    if not first <= int(high) < 8 * sizes[register]:
        raise _no_rule(where, f"{register} has bits 0 to {8 * sizes[register] - 1}")
    return Place(register, first, int(high) - first + 1)


def _no_rule(text: str, remedy: str) -> ConfigError:
    return ConfigError(f"rules: {printable(text, 60)!r} cannot be read: {remedy}.")


def value_of(rule: Rule, values: Mapping[str, int], has_input: Callable[[], bool]) -> int:
    """Return what the target's bits are to be, from bit 0: copied from one place as wide, else all ones or zeros."""
    term = rule.source[0][0]
    if len(rule.source) == len(rule.source[0]) == 1 and term.place is not None:
        place = term.place
        if place.width == rule.target.width and rule.verb == "=":
            bits = values[place.register] >> place.low
            return (~bits if term.negated else bits) & (1 << place.width) - 1
    return (1 << rule.target.width) - 1 if is_true(rule.source, values, has_input) else 0


def is_true(expression: Expression, values: Mapping[str, int], has_input: Callable[[], bool]) -> bool:
    """Whether an expression holds for the registers' ``values``."""
    for product in expression:
        for term in product:
            if term.mask:
                answer = values[term.register] & term.mask != 0
            else:
                answer = has_input() if term.name == "rx" else term.name == "1"
            if answer is term.negated:
                break
        else:
            return True
    return False


def accesses_in(expressions: Iterable[Expression]) -> set[str]:
    """Return the accesses that expressions ask for, as the keys that they have among the values."""
    terms = (term for expression in expressions for product in expression for term in product)
    found = {term.place.register for term in terms if term.place is not None}
    return {name for name in found if name.partition(".")[2] in ACCESSES}


def uses_input(expression: Expression) -> bool:
    """Whether an expression asks for input."""
    return any(term.name == "rx" for product in expression for term in product)
