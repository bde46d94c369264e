"""docs/rtems-api.md says what the guest side has."""

from __future__ import annotations

import re
from pathlib import Path

from rtems_shim.building import api_page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_sources_say_now() -> None:
    assert (ROOT / api_page.PAGE).read_text() == api_page.page(), "run python -m rtems_shim.building.api_page"


def test_a_name_is_there_once_and_every_difference_is_of_one_that_is_here() -> None:
    names = [name for part in api_page.public_names().values() for name in part]
    assert len(names) == len(set(names))
    assert set(api_page.DIFFERENCES) <= set(names) & set(api_page.found())


def test_the_page_tells_functions_macros_and_what_is_absent_apart() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", api_page.page(), re.M))
    assert rows["rtems_task_create"] == "function"
    assert rows["rtems_chain_append"] == "function"
    assert rows["rtems_interrupt_disable"] == "macro"
    assert rows["rtems_heap_extend"] == "absent"
