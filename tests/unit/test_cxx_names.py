"""Names of C++ are those that c++filt makes of them, or stay as they are."""

from __future__ import annotations

import subprocess

import pytest
from support.tools import require_tool

from emulator.image.cxx_names import LONGEST, readable

NAMES = [
    *(
        "_ZN5Shape8rememberEv",
        "_ZTV5Shape",
        "_ZN5ShapeC2Ev",
        "_ZN6SquareD0Ev",
        "_ZL5count",
        "_Z3addii",
        "_ZNK5Shape4areaEv",
    ),
    *("_ZN12_GLOBAL__N_15tableE", "_ZTI5Shape", "_ZTSN3app6SquareE", "_ZN3app4main3runEPKc", "_ZGVN3app5tableE"),
]
OTHERS = [
    "main",
    "_Z",
    "_ZN",
    "_ZN5Shap",
    "_ZN5ShapeIiE3getEv",
    "_ZN5ShapeplERKS_",
    "_ZN9999xE",
    "_ZTV5ShapeX",
    "_Z0a",
    "_Z3a b",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_one_that_the_tool_makes(name: str) -> None:
    done = subprocess.run(
        [require_tool("arm-none-eabi-c++filt"), "-p", name], capture_output=True, text=True, check=True
    )
    assert readable(name) == done.stdout.strip() != name


@pytest.mark.parametrize("name", OTHERS)
def test_another_name_stays(name: str) -> None:
    assert readable(name) == name


def test_a_name_without_end_stays() -> None:
    name = "_ZN" + "1a" * LONGEST
    assert readable(name) == name


def test_a_name_of_rust_has_no_hash() -> None:
    assert readable("_ZN3app18__cortex_m_rt_main17hc14da801414e3ab7E") == "app::__cortex_m_rt_main"
    assert readable("_ZN3app17hc14da801414e3abE") == "_ZN3app17hc14da801414e3abE"
    assert readable("_ZN17hc14da801414e3ab7E") == "hc14da801414e3ab7"
