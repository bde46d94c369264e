"""Which file of the program a client means, and under which name a frame goes back to it."""

from __future__ import annotations

import pytest

from emulator.dap.mi_syntax import Results
from emulator.dap.sources import Sources


def sources(*names: tuple[str, str], there: tuple[str, ...] = (), folder: str = "/src/project") -> Sources:
    found = Sources(lambda path: path in there)
    found.load([Results({"file": file, "fullname": full}) for file, full in names], folder)
    return found


def path(found: Sources, full_name: str) -> str | None:
    return found.path(Results({"fullname": full_name}))


def test_a_file_where_it_was_compiled_goes_back_as_the_client_says_it() -> None:
    found = sources(("main.c", "/w/main.c"), there=("/w/main.c",))
    assert found.find("/w/./x/../main.c") == "/w/main.c"
    assert path(found, "/w/main.c") == "/w/./x/../main.c"


def test_a_relative_name_is_relative_to_the_folder() -> None:
    found = sources(("src/main.c", "./src/main.c"), there=("/src/project/src/main.c",))
    assert found.find("/src/project/src/main.c") == "./src/main.c"
    assert path(sources(("a.c", "./a.c"), there=("/src/project/a.c",)), "./a.c") == "/src/project/a.c"


def test_a_file_that_was_compiled_elsewhere_is_found_by_the_end_of_its_path() -> None:
    found = sources(("/build/src/main.c",) * 2, ("/build/lib/main.c",) * 2)
    assert found.find("/src/project/src/main.c") == "/build/src/main.c"
    assert path(found, "/build/src/main.c") == "/src/project/src/main.c"


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ([("/build/src/main.c",) * 2], "/src/project/other/main.c"),
        ([("/a/src/main.c",) * 2, ("/b/src/main.c",) * 2], "/src/project/src/main.c"),
        ([("/build/src/main.c",) * 2], "/src/project/src/main.h"),
        ([], "/src/project/src/main.c"),
    ],
)
def test_another_file_of_the_same_name_and_one_of_several_is_none(names: list[tuple[str, str]], wanted: str) -> None:
    assert sources(*names).find(wanted) is None


def test_a_file_that_is_where_it_was_compiled_is_no_other_one() -> None:
    found = sources(("/w/src/main.c",) * 2, there=("/w/src/main.c",))
    assert found.find("/src/project/src/main.c") is None


def test_a_file_that_is_nowhere_has_no_path() -> None:
    found = sources(("/build/src/main.c",) * 2)
    assert path(found, "/build/src/main.c") is None and found.path(Results()) is None
