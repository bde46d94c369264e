"""The list of mutants fits the sources; a mutant that no test notices is told. Trying them all is `make mutants`."""

from __future__ import annotations

from collections import Counter

import pytest
from mutants.__main__ import ROOT, Copy, Mutant, mutants

ALL = mutants()


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_one_place_of_its_file_and_its_tests_exist(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text()
    assert mutant.applied_to(source) != source
    for test in mutant.tests:
        assert (ROOT / test.partition("::")[0]).exists(), test


def test_each_mutant_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(mutant.name for mutant in ALL).items() if count > 1] == []


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("mutants"))


@pytest.mark.parametrize(("new", "noticed"), [("width + 0", False), ("width + 1", True)])
def test_a_mutant_dies_by_a_test_that_fails_and_the_tree_is_put_back(copy: Copy, new: str, noticed: bool) -> None:
    path = copy.directory / "tests" / "unit" / "test_three_bits.py"
    path.write_text("from emulator.bits import mask\n\n\ndef test_three_bits():\n    assert mask(3) == 7\n")
    bits = copy.directory / "emulator" / "bits.py"
    source = bits.read_text()
    mutant = Mutant("mask", "emulator/bits.py", "(1 << width)", f"(1 << {new})", (f"tests/unit/{path.name}",))
    assert copy.is_noticed(mutant) is noticed
    assert bits.read_text() == source
    path.unlink()


@pytest.mark.parametrize("mutant", [mutant for mutant in ALL if mutant.ci], ids=lambda mutant: mutant.name)
def test_a_mutant_is_noticed(mutant: Mutant, copy: Copy) -> None:
    assert copy.is_noticed(mutant), f"no test of {', '.join(mutant.tests)} fails"
