"""Records against the standard library's dataclasses: the same source, executed with one decorator and the other."""

from __future__ import annotations

import dataclasses
import itertools
import textwrap
from types import SimpleNamespace
from typing import ClassVar  # noqa: F401 - dataclasses looks for it in the module of the class

import pytest

from emulator import records

SOURCE = textwrap.dedent(
    """
    from __future__ import annotations
    from typing import ClassVar

    @dataclass(slots=True, {options})
    class Point:
        x: int
        y: int = 2
        tags: list[str] = field(default_factory=list)
        hidden: int = field(default=7, repr=False)
        made: dict[str, int] = field(init=False, repr=False, default_factory=dict)
        fixed: int = field(init=False, default=5)
        kind: ClassVar[str] = "point"
        where = "a class attribute"

        def doubled(self) -> int:
            return self.x * 2

    @dataclass(slots=True, {options})
    class Point3(Point):
        z: int = 0
        y: int = 9

        def __post_init__(self) -> None:
            object.__setattr__(self, "z", self.z + 1)

    @dataclass(slots=True, {options})
    class Empty:
        pass

    @dataclass(slots=True, {options})
    class Own:
        x: int

        def __repr__(self) -> str:
            return "its own words"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 42

    @dataclass(slots=True, {options})
    class Derives:
        x: int
        twice: int = field(init=False)
        nothing: int = field(init=False, repr=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "twice", 2 * self.x)

    @dataclass(slots=True, {options})
    class Node:
        next: Node | None = None
    """
)
OPTIONS = [f"frozen={frozen}, eq={eq}" for frozen, eq in itertools.product((False, True), (False, True))]


def classes(library, options: str) -> SimpleNamespace:
    names = {"dataclass": library.dataclass, "field": library.field, "__name__": __name__}
    exec(SOURCE.format(options=options), names)
    return SimpleNamespace(**names, replace=library.replace)


def outcome(action, *arguments):
    """What a call gives: its value, or the kind and words of its error."""
    try:
        return action(*arguments)
    except (TypeError, AttributeError, ValueError) as error:
        return type(error), str(error)


def set_x(record) -> None:
    record.x = 5


def delete_x(record) -> None:
    del record.x


ACTIONS = {
    "init": lambda m: repr(m.Point(1)),
    "init by name": lambda m: repr(m.Point(x=1, tags=["a"], y=4)),
    "init again": lambda m: [repr(m.Point(n)) for n in range(2 * records.WORTH_COMPILING)],
    "derived again": lambda m: [repr(m.Point3(n, z=n)) for n in range(2 * records.WORTH_COMPILING)],
    "left open": lambda m: [repr(m.Derives(n)) for n in range(2 * records.WORTH_COMPILING)],
    "left open, read": lambda m: m.Derives(1).nothing,
    "left open, given": lambda m: m.Derives(1, 2),
    "left open, replaced": lambda m: repr(m.replace(m.Derives(1), x=3)),
    "given twice": lambda m: m.Point(1, x=1),
    "too few after many": lambda m: [outcome(m.Point, *(() if n > 15 else (1,))) for n in range(20)][-1],
    "too few": lambda m: m.Point(),
    "too many": lambda m: m.Point(1, 2, [], 3, 4),
    "unknown": lambda m: m.Point(1, w=2),
    "not in init": lambda m: m.Point(1, made={}),
    "factories make new values": lambda m: m.Point(1).tags is m.Point(1).tags or m.Point(1).made is m.Point(2).made,
    "derived": lambda m: repr(m.Point3(1)),
    "derived in order": lambda m: repr(m.Point3(1, 2, [], 3, 4)),
    "empty": lambda m: (repr(m.Empty()), m.Empty() == m.Empty()),
    "own methods": lambda m: (repr(m.Own(1)), m.Own(1) == m.Own(2), hash(m.Own(3))),
    "equal": lambda m: (m.Point(1) == m.Point(1), m.Point(1) != m.Point(2), m.Point(1) == 1),
    "equal to the derived one": lambda m: (m.Point(1) == m.Point3(1), m.Point3(1) == m.Point(1)),
    "hash": lambda m: len({hash(node) for node in [m.Node(), m.Node()]}),
    "hash of a list": lambda m: hash(m.Point(1)) and None,
    "set": lambda m: set_x(m.Point(1)),
    "set in the derived": lambda m: set_x(m.Point3(1)),
    "delete": lambda m: delete_x(m.Point(1)),
    "set something else": lambda m: issubclass(outcome(setattr, m.Empty(), "other", 1)[0], (AttributeError, TypeError)),
    "method": lambda m: m.Point3(4).doubled(),
    "class attributes": lambda m: (m.Point.kind, m.Point.where, m.Point3.kind, hasattr(m.Empty(), "__dict__")),
    "slots": lambda m: (m.Point.__slots__, m.Point3.__slots__, m.Empty.__slots__),
    "fields in order": lambda m: list(m.Point3(1).__match_args__) + [f.name for f in dataclasses.fields(m.Point3)],
    "names": lambda m: (m.Point.__name__, m.Point.__qualname__, m.Point.__module__, m.Point.__match_args__),
    "replace": lambda m: repr(m.replace(m.Point(1, 3), x=8)),
    "replace with an unknown field": lambda m: m.replace(m.Point(1, 3), w=8),
    "standard replace": lambda m: repr(dataclasses.replace(m.Point3(1, 3), x=8)),
    "standard fields": lambda m: [(f.name, f.type, f.init, f.repr, f.default) for f in dataclasses.fields(m.Point3)],
    "standard asdict": lambda m: dataclasses.asdict(m.Node(m.Node())),
    "standard is_dataclass": lambda m: (dataclasses.is_dataclass(m.Point), dataclasses.is_dataclass(m.Point(1))),
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_a_record_does_what_a_dataclass_does(action, options) -> None:
    ours, theirs = (outcome(action, classes(library, options)) for library in (records, dataclasses))
    assert ours == theirs


def test_a_record_that_contains_itself_is_shown() -> None:
    node = classes(records, "frozen=False").Node()
    node.next = node
    assert repr(node) == "Node(next=...)"


def test_a_default_that_changes_is_refused() -> None:
    class Wrong:
        items: list[int] = []

    with pytest.raises(AssertionError, match="items: a default that changes needs a factory"):
        records.dataclass(slots=True)(Wrong)


def test_the_names_of_fields_are_in_the_order_of_declaration() -> None:
    made = classes(records, "frozen=True")
    assert records.field_names(made.Point3) == ("x", "y", "tags", "hidden", "made", "fixed", "z")
    assert records.field_names(made.Point3(1)) == records.field_names(made.Point3)
