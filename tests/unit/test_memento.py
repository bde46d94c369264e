"""The memento: whatever objects hold comes back, in the same objects."""

from __future__ import annotations

from collections import OrderedDict, deque
from functools import partial

import pytest
from support.accelerator import use_half
from support.attributes import Plain

from emulator.records import dataclass, field
from emulator.timetravel.memento import Memento, Unknown


@pytest.fixture(params=["c", "pure"], autouse=True)
def half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to tell what has not changed, with and without the extension."""
    use_half(request.param, monkeypatch)


@dataclass(slots=True)
class Record:
    items: list[int] = field(default_factory=list)


def counter():
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return count

    return step


def test_every_container_gets_its_contents_back_and_stays_the_same_object() -> None:
    inner = [1]
    roots = [[inner, 2], {"a": inner}, {3, 4}, deque([5]), bytearray(b"6"), OrderedDict(b=7), Record([8]), Plain(9)]
    memento = Memento([roots])
    kept = memento.capture()
    inner.append(10)
    roots[0].clear()
    roots[1]["z"] = 1
    roots[2].discard(3)
    roots[3].append(11)
    roots[4][:] = b"12"
    roots[5].clear()
    roots[6].items.append(13)
    roots[6].items = []
    roots[7].value, roots[7].other, roots[7].later, roots[7].new = 14, 15, 16, 17
    memento.restore(kept)
    plain = roots[7]
    assert roots[:6] == [[inner, 2], {"a": [1]}, {3, 4}, deque([5]), bytearray(b"6"), OrderedDict(b=7)]
    assert roots[0][0] is inner is roots[1]["a"]
    assert (roots[6].items, plain.value, plain.other) == ([8], 9, None)
    assert not hasattr(plain, "later") and not hasattr(plain, "new")


def test_the_variables_of_closures_and_what_calls_lead_to_come_back() -> None:
    step, target = counter(), Plain(1)
    held = [step, partial(step), target.__init__, {}.__getitem__]
    memento = Memento([held])
    step()
    kept = memento.capture()
    step()
    target.value = 2
    memento.restore(kept)
    assert (step(), target.value) == (2, 1)


def test_an_earlier_capture_is_as_good_as_the_last_one() -> None:
    root: list[Plain] = [Plain(0)]
    memento = Memento([root])
    captures, values = [], []
    for number in range(40):
        captures.append(memento.capture())
        values.append([one.value for one in root])
        root.append(Plain(number))
        root[0].value = number + 1
        if number % 3 == 0:
            root.pop(1)
    for number in (39, 0, 17, 3, 38):
        memento.restore(captures[number])
        assert [one.value for one in root] == values[number]


def test_what_stays_the_same_is_kept_once() -> None:
    root = [Plain([1, 2, 3]) for _ in range(50)]
    memento = Memento([root])
    first = memento.capture()
    root[7].value.append(4)
    second = memento.capture()
    assert sum(a is not b for a, b in zip(first, second, strict=True)) == 1


def test_what_the_walk_cannot_see_into_is_named() -> None:
    with pytest.raises(Unknown, match="list_iterator"):
        Memento([[iter([1])]]).capture()


def test_fixed_classes_are_not_entered() -> None:
    one = Plain(1)
    memento = Memento([[one]], lambda cls: cls is Plain)
    kept = memento.capture()
    one.value = 2
    memento.restore(kept)
    assert one.value == 2
