"""Traces: the form of each line, what is joined, what is counted, and that every event has a documented form."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import rtems_shim.core.events
import rtems_shim.protection.share_events  # noqa: F401 - defines events
from emulator.machine.events import AbsentTouched, Event, ExceptionTaken, FaultRaised, MpuWritten, Reset
from emulator.trace.event_object import NUMBERS, WORDS, event_object
from emulator.trace.recorder import CONSOLE_CHUNK, Recorder
from rtems_shim.core.events import Switched, ThreadCreated, TrapCall
from rtems_shim.protection.share_events import ShareMade

DOCUMENT = (Path(__file__).parents[2] / "docs" / "trace.md").read_text(encoding="utf-8")
OF_THE_RECORDER = {"header", "console", "stop"}


def event_classes() -> list[type[Event]]:
    """Return every event class once; a dataclass with slots leaves its first version behind as a subclass, too."""
    found: dict[str, type[Event]] = {}
    pending: list[type[Event]] = [Event]
    while pending:
        for sub in pending.pop().__subclasses__():
            found[f"{sub.__module__}.{sub.__qualname__}"] = sub
            pending.append(sub)
    return list(found.values())


CLASSES = event_classes()


class Lines:
    """What a recorder wrote, and the time it is told."""

    def __init__(self) -> None:
        self.text = ""
        self.time = 0
        self.recorder = Recorder(self.write, lambda: self.time)

    def write(self, text: str) -> None:
        self.text += text

    @property
    def objects(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]


def test_the_header_comes_first_and_names_program_board_and_options():
    lines = Lines()
    lines.recorder.begin("a.elf", "mps2-an386", {"mode": "strict"})
    assert lines.text == (
        '{"kind":"header","schema_version":1,"program":"a.elf","board":"mps2-an386","options":{"mode":"strict"}}\n'
    )


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Reset(0, 0, 0x101, 0x20008000), '{"t":0,"kind":"reset","count":0,"pc":"0x00000101","sp":"0x20008000"}'),
        (
            ExceptionTaken(9, 14, 0x200, 0xFFFFFFFD),
            '{"t":9,"kind":"exception","exception":14,"return_address":"0x00000200","exc_return":"0xfffffffd"}',
        ),
        (
            FaultRaised(5, "IACCVIOL", 0x300, None, "fetch", 2, None),
            '{"t":5,"kind":"fault","cause":"IACCVIOL","pc":"0x00000300","address":null,"access":"fetch","size":2,'
            '"value":null}',
        ),
        (MpuWritten(1, -1, 0, 5), '{"t":1,"kind":"mpu","region":-1,"rbar":"0x00000000","rasr":"0x00000005"}'),
        (
            AbsentTouched(3, 0x104, 0x60000000, "read", 4),
            '{"t":3,"kind":"absent","pc":"0x00000104","address":"0x60000000","access":"read","size":4}',
        ),
        (Switched(7, 0, 0x0B010001), '{"t":7,"kind":"switch","outgoing":"0x00000000","heir":"0x0b010001"}'),
        (
            TrapCall(8, 1, "mmap", 0x40, (1, 0xFFFFFFFF), False),
            '{"t":8,"kind":"call","thread":"0x00000001","name":"mmap","pc":"0x00000040",'
            '"arguments":["0x00000001","0xffffffff"],"from_interrupt":false}',
        ),
    ],
)
def test_an_event_is_a_line_with_its_fields_in_order(event, line):
    lines = Lines()
    lines.recorder(event)
    assert lines.text == line + "\n"


def test_console_output_is_joined_to_lines_with_the_time_of_the_first_byte():
    lines = Lines()
    for byte in b"ab\nc":
        lines.time += 10
        lines.recorder.console("uart0", bytes([byte]))
    lines.recorder(Switched(99, 1, 2))
    assert [(o["t"], o.get("data")) for o in lines.objects] == [(10, "ab\n"), (40, "c"), (99, None)]


def test_a_console_line_has_a_limit():
    lines = Lines()
    lines.recorder.console("uart0", b"x" * (2 * CONSOLE_CHUNK + 1))
    assert [len(o["data"]) for o in lines.objects] == [CONSOLE_CHUNK, CONSOLE_CHUNK]


def test_channels_are_not_mixed():
    lines = Lines()
    lines.recorder.console("uart0", b"a")
    lines.recorder.console("uart1", b"b\n")
    assert [(o["channel"], o["data"]) for o in lines.objects] == [("uart0", "a"), ("uart1", "b\n")]


def test_bytes_that_are_no_text_come_back_from_a_console_line():
    lines = Lines()
    data = bytes(range(256))
    lines.recorder.console("uart0", data + b"\n")
    assert "".join(o["data"] for o in lines.objects).encode("latin-1") == data + b"\n"


def test_every_line_is_ascii_and_has_a_time_but_the_header():
    lines = Lines()
    lines.recorder.begin("ä.elf", "b", {})
    lines.recorder.console("uart0", "ä\n".encode())
    assert lines.text.isascii()
    assert all("t" in o for o in lines.objects[1:])


@pytest.mark.parametrize("event", CLASSES, ids=lambda event: event.__qualname__)
def test_every_number_of_an_event_is_known_as_a_word_or_a_count(event):
    """A new event field must be put into one of the two lists, and a field cannot be in both."""
    numbers = {f.name for f in fields(event) if re.search(r"\bint\b", str(f.type))}
    assert numbers <= WORDS | NUMBERS
    assert not WORDS & NUMBERS


def test_no_word_or_count_is_listed_for_nothing():
    used = {f.name for event in CLASSES for f in fields(event)}
    assert used >= WORDS | NUMBERS


def test_the_document_lists_every_kind_with_its_fields():
    documented = {
        match[1]: match[2].split() for match in re.finditer(r"^\| `([a-z]+)` \| ([a-z_ ]+) \|", DOCUMENT, re.MULTILINE)
    }
    expected = {event.kind: [f.name for f in fields(event)][1:] for event in CLASSES}
    assert {kind: names for kind, names in documented.items() if kind not in OF_THE_RECORDER} == expected
    assert set(documented) >= OF_THE_RECORDER


def test_kinds_are_unique():
    kinds = [event.kind for event in CLASSES]
    assert len(set(kinds)) == len(kinds)
    assert not set(kinds) & OF_THE_RECORDER


def test_events_of_personalities_have_the_same_form():
    made = event_object(ShareMade(3, 1, "a", 2, "b", 0x20000000, 4096, 3, "mmap", 1, "a", 0x80))
    assert made["rights"] == 3 and made["base"] == "0x20000000" and list(made)[:2] == ["t", "kind"]
    thread = event_object(ThreadCreated(0, 0x0B010001, "T1", 0x101, 0x20000000, 4096, 5, 0))
    assert thread["priority"] == 5 and thread["entry"] == "0x00000101"
