"""The call table, the structures, and what is generated from them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from rtems_shim.abi import calls, layouts
from rtems_shim.building import framework_checks, stubs

ROOT = Path(stubs.__file__).resolve().parents[2]


@pytest.mark.parametrize("path", stubs.generated_files(ROOT), ids=lambda path: path.name)
def test_a_generated_file_is_what_the_table_says_now(path: Path) -> None:
    assert path.read_text() == stubs.generated_files(ROOT)[path], "run python -m rtems_shim.building.stubs"


@pytest.mark.parametrize("path", framework_checks.generated_files(ROOT), ids=lambda path: path.name)
def test_the_checks_of_the_test_framework_are_what_their_table_says_now(path: Path) -> None:
    command = "python -m rtems_shim.building.framework_checks"
    assert path.read_text() == framework_checks.generated_files(ROOT)[path], f"run {command}"


def test_numbers_and_names_and_stubs_are_unique() -> None:
    assert len({call.number for call in calls.CALLS}) == len(calls.CALLS)
    assert len({call.name for call in calls.CALLS}) == len(calls.CALLS)
    assert len({call.stub for call in calls.CALLS}) == len(calls.CALLS)


def test_groups_do_not_run_into_each_other() -> None:
    for group, following in zip(calls.GROUPS, calls.GROUPS[1:], strict=False):
        assert max(call.number for call in calls.group_calls(group)) < following.base


def test_letters_are_those_that_the_documentation_explains() -> None:
    for call in calls.CALLS:
        assert set(call.arguments) <= set("iupsl"), call.name
        assert call.result in "ievn", call.name
        assert len(call.parameters) == len(call.arguments), call.name


def test_a_row_is_read_as_it_is_written() -> None:
    assert calls.CALL_BY_NAME["mmap"] == calls.Call(
        number=0x093,
        name="mmap",
        arguments="puiiil",
        result="e",
        parameters=("address", "length", "protection", "flags", "fd", "offset"),
        note="MAP_FAILED is the -1 of a refusal",
    )
    assert calls.CALL_BY_NAME["start"].stub == "rtems_shim_start"
    assert calls.CALL_BY_NAME["sem_wait"].stub == "sem_wait"


def test_a_row_with_an_unknown_result_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'broken"):
        list(calls.group_calls(calls.Group("Bad", 0, "broken(x i) z")))


def test_every_call_has_a_stub_with_its_number_and_form() -> None:
    assembly = stubs.trap_assembly().splitlines()
    for call in calls.CALLS:
        assert f"\tTRAP_{call.result} {call.stub}, 0x{call.number:03x}" in assembly


def test_the_header_declares_private_calls_only() -> None:
    header = stubs.abi_header()
    assert (
        "int rtems_shim_mq_receive(unsigned queue, void *buffer, unsigned length, void *priority, void *deadline, "
        "void *length_out);" in header
    )
    assert "_Noreturn void rtems_shim_thread_exit(void *value);" in header
    assert "sem_wait(" not in header


def test_structures_are_laid_out_as_the_procedure_call_standard_says() -> None:
    assert (layouts.TIMESPEC.size, layouts.TIMESPEC.offset("tv_nsec")) == (16, 8)
    assert (layouts.ITIMERSPEC.size, layouts.ITIMERSPEC.offset("value_sec")) == (32, 16)
    assert (layouts.SCHED_PARAM.size, layouts.SCHED_PARAM.offset("sched_ss_max_repl")) == (48, 40)
    assert (layouts.THREAD_ATTRIBUTES.size, layouts.THREAD_ATTRIBUTES.offset("sched_priority")) == (96, 32)
    assert layouts.CONFIGURATION.size == 4 * len(layouts.CONFIGURATION.fields)


def test_packing_and_unpacking_are_inverse() -> None:
    data = layouts.TIMESPEC.pack(tv_sec=-2, tv_nsec=999_999_999)
    assert data == struct.pack("<qi4x", -2, 999_999_999)
    assert layouts.TIMESPEC.unpack(data + b"more") == {"tv_sec": -2, "tv_nsec": 999_999_999}


def test_the_hardware_frame_lies_above_what_pendsv_saved() -> None:
    assert layouts.hardware_frame(0x2000_1000, 0xFFFF_FFFD) == 0x2000_1000 + 9 * 4
    assert layouts.hardware_frame(0x2000_1000, 0xFFFF_FFED) == 0x2000_1000 + 9 * 4 + 16 * 4


def test_the_documentation_has_a_row_for_every_call_and_every_field() -> None:
    text = stubs.documentation()
    for call in calls.CALLS:
        assert f"| 0x{call.number:03x} | `{call.name}`" in text
    for structure in layouts.STRUCTURES:
        for name, kind, _ in structure.fields:
            assert f"| {structure.offset(name)} | {kind} | {name} |" in text
