"""What native/sameness.c says of objects: which surely hold what they held, and that no other is taken for one."""

from __future__ import annotations

import pytest
from support.accelerator import require_accelerator
from support.attributes import Plain, Slotted

from emulator.timetravel import sameness
from emulator.timetravel.memento import Memento


def test_the_extension_leaves_out_what_holds_the_same_objects_and_nothing_else() -> None:
    require_accelerator()
    words, other = ("a", "b"), tuple("ab")
    plain, slotted, mapping = Plain(words), Slotted(words), {"a": words, "b": 2}
    plain.later = slotted.later = 1
    memento = Memento([{1: plain, 2: slotted, 3: mapping}])
    kept = memento.capture()

    def may_have_changed() -> list[object]:
        return [kept[place][0] for place in sameness.load()(kept, memento._members)]

    assert may_have_changed() == []
    changes = [
        (plain, lambda: setattr(plain, "other", words)), (plain, lambda: setattr(plain, "new", 1)),
        (plain, lambda: plain.__dict__.pop("other")), (slotted, lambda: setattr(slotted, "value", other)),
        (slotted, lambda: delattr(slotted, "later")),
        (mapping, lambda: mapping.update(a=other)), (mapping, lambda: mapping.update(c=3)),
        (mapping, lambda: mapping.update(a=mapping.pop("a"))),
    ]  # fmt: skip
    for one, change in changes:
        change()
        assert may_have_changed() == [one]
        memento.restore(kept)
        assert plain.value is slotted.value is mapping["a"] is words and slotted.later == 1


def test_the_extension_refuses_what_are_no_items() -> None:
    require_accelerator()
    may_have_changed = sameness.load()
    for items in ([1], [(1,)], ()):
        with pytest.raises(TypeError):
            may_have_changed(items, {})
