"""Traces: the form of each line, what is joined, what is counted, and that every event has a documented form."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import rtems_shim.core.events
import rtems_shim.protection.share_events  # noqa: F401 - defines events
from emulator.errors import ConfigError
from emulator.image.image import Image, Symbol, SymbolTable
from emulator.machine.events import (
    AbsentTouched,
    ConsoleSent,
    Event,
    ExceptionReturned,
    ExceptionTaken,
    FaultRaised,
    MpuWritten,
    Reset,
    Switched,
    ThreadCreated,
    ThreadNamed,
)
from emulator.trace.event_line import NUMBERS, WORDS, EventMembers
from emulator.trace.recorder import CONSOLE_CHUNK, Recorder
from emulator.trace.trace_filter import KINDS, read_filter
from emulator.version import VERSION
from rtems_shim.core.events import TrapCall
from rtems_shim.protection.share_events import ShareMade, StackProtected

DOCUMENT = (Path(__file__).parents[2] / "docs" / "trace.md").read_text(encoding="utf-8")
OF_THE_RECORDER = {"header", "stop"}
SYMBOLS = [Symbol("main", 0x100, 64, True), Symbol("table", 0x20000000, 16, False, is_data=True)]
IMAGE = Image("a.elf", [], SymbolTable(SYMBOLS))


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

    def __init__(self, only: str = "") -> None:
        self.text = ""
        self.recorder = Recorder(self.write, IMAGE, *([read_filter(only)] if only else []))

    def hear(self, *events: Event) -> None:
        self.recorder.hear_all([(0, event) for event in events], [])

    def write(self, text: str) -> None:
        self.text += text

    @property
    def objects(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]


def test_the_header_comes_first_and_names_the_version():
    lines = Lines()
    lines.recorder.begin(program="a.elf", board="mps2-an386", options={"mode": "strict"})
    assert lines.text == (
        f'{{"kind":"header","schema_version":4,"v7m":"{VERSION}","program":"a.elf","board":"mps2-an386",'
        '"options":{"mode":"strict"}}\n'
    )


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            Reset(0, 0, 0x104, 0x20008000),
            '{"t":0,"kind":"reset","count":0,"pc":"0x00000104","pc_symbol":"main+0x4","sp":"0x20008000"}',
        ),
        (
            ExceptionTaken(9, 14, 0x200, 0xFFFFFFFD),
            '{"t":9,"kind":"exception","exception":14,"return_address":"0x00000200","return_address_symbol":null,'
            '"exc_return":"0xfffffffd"}',
        ),
        (
            FaultRaised(5, "IACCVIOL", 0x300, None, "fetch", 2, None),
            '{"t":5,"kind":"fault","thread":null,"thread_name":null,"cause":"IACCVIOL","pc":"0x00000300",'
            '"pc_symbol":null,"line":null,"address":null,"address_symbol":null,"access":"fetch","size":2,"value":null}',
        ),
        (MpuWritten(1, -1, 0, 5), '{"t":1,"kind":"mpu","region":-1,"rbar":"0x00000000","rasr":"0x00000005"}'),
        (
            AbsentTouched(3, 0x104, 0x20000004, "read", 4),
            '{"t":3,"kind":"absent","pc":"0x00000104","pc_symbol":"main+0x4","address":"0x20000004",'
            '"address_symbol":"table+0x4","access":"read","size":4}',
        ),
        (
            Switched(7, 0, 0x0B010001),
            '{"t":7,"kind":"switch","outgoing":"0x00000000","outgoing_name":"boot","heir":"0x0b010001",'
            '"heir_name":"0x0b010001"}',
        ),
        (
            TrapCall(8, 1, "mq_open", 0x40, (("name", "s", "/q"), ("flags", "i", 0xFFFFFFFF), ("to", "p", 0x20000000),
                                             ("entry", "p", 0x101), ("at", "p", 0x30000000), ("none", "p", 0)), False),
            '{"t":8,"kind":"call","thread":"0x00000001","thread_name":"0x00000001","name":"mq_open","pc":"0x00000040",'
            '"pc_symbol":null,"line":null,"arguments":{"name":"\\"/q\\"","flags":-1,"to":"0x20000000",'
            '"entry":"0x00000101","at":"0x30000000","none":"0x00000000"},"pointers":{"to":"table","entry":"main",'
            '"at":null,"none":"NULL"},"from_interrupt":false,"result":null,"error":null}',
        ),
    ],
)  # fmt: skip
def test_an_event_is_a_line_with_its_fields_in_order(event, line):
    lines = Lines()
    lines.hear(event)
    assert lines.text == line + "\n"


def test_a_call_has_the_result_that_was_known_when_the_line_is_written():
    lines, call = Lines(), TrapCall(8, 1, "close", 0x40, (), False)
    call.returned(0xFFFFFFFF, "EBADF")
    lines.hear(call, TrapCall(9, 1, "close", 0x40, (), False))
    assert [(o["result"], o["error"]) for o in lines.objects] == [("0xffffffff", "EBADF"), (None, None)]


def test_what_the_c_half_noted_stands_where_it_happened():
    lines = Lines()
    noted = [(1, 0, 14, 0x200, 9), (4, 1, 14, 0x202, 0)]
    lines.recorder.hear_all([(1, Switched(2, 1, 2)), (1, Switched(3, 2, 1))], noted)
    assert [(o["t"], o["kind"]) for o in lines.objects] == [
        *((1, "exception"), (2, "switch"), (3, "switch"), (4, "return")),
    ]


def test_the_same_event_is_the_same_line_told_or_noted():
    lines = Lines()
    lines.recorder.hear_all([(0, ExceptionReturned(1, 14, 0x104))], [(1, 1, 14, 0x104, 0)])
    told, noted = lines.text.splitlines()
    assert told == noted


def test_a_thread_has_the_name_that_it_has_then():
    lines, switched = Lines(), Switched(2, 1, 1)
    lines.hear(switched, ThreadNamed(2, 1, "worker"), switched, ThreadNamed(2, 1, ""), switched)
    names = [o["heir_name"] for o in lines.objects if o["kind"] == "switch"]
    assert names == ["0x00000001", "worker", "0x00000001"]


def test_an_address_in_a_stack_says_whose_it_is():
    lines = Lines()
    lines.hear(StackProtected(0, 7, "0x00000007", 0x20001000, 256), ThreadNamed(1, 7, "T7"),
               FaultRaised(5, "DACCVIOL", 0x104, 0x20001010, "write", 4, 0))  # fmt: skip
    assert lines.objects[-1]["address_symbol"] == "stack of T7+0x10"


def test_console_output_is_joined_to_lines_with_the_time_and_the_thread_of_the_first_byte():
    lines = Lines()
    lines.hear(Switched(1, 0, 5))
    for time, character in enumerate("ab\nc", 1):
        lines.hear(ConsoleSent(10 * time, "uart0", character))
    lines.hear(Switched(99, 1, 2))
    assert [(o["t"], o.get("data")) for o in lines.objects] == [(1, None), (10, "ab\n"), (40, "c"), (99, None)]
    assert lines.objects[1]["thread"] == "0x00000005"


def test_a_console_line_has_a_limit():
    lines = Lines()
    lines.hear(ConsoleSent(0, "uart0", "x" * (2 * CONSOLE_CHUNK + 1)))
    assert [len(o["data"]) for o in lines.objects] == [CONSOLE_CHUNK, CONSOLE_CHUNK]


def test_channels_are_not_mixed():
    lines = Lines()
    lines.hear(ConsoleSent(0, "uart0", "a"), ConsoleSent(0, "uart1", "b\n"))
    assert [(o["channel"], o["data"]) for o in lines.objects] == [("uart0", "a"), ("uart1", "b\n")]


def test_bytes_that_are_no_text_come_back_from_a_console_line():
    lines = Lines()
    data = bytes(range(256)) + b"\n"
    lines.hear(ConsoleSent(0, "uart0", data.decode("latin-1")))
    assert "".join(o["data"] for o in lines.objects).encode("latin-1") == data
    assert lines.text.isascii()


EVENTS = (
    Switched(1, 1, 2),
    ExceptionTaken(2, 14, 0x104, 9),
    ThreadNamed(3, 2, "worker"),
    Switched(4, 2, 1),
    TrapCall(5, 1, "sem_post", 0x200, (("semaphore", "p", 0x20000000),), False),
)


@pytest.mark.parametrize(
    ("only", "times"),
    [
        ("kind=switch", [1, 4]),
        ("kind=switch,kind=call", [1, 4, 5]),
        ("thread=worker", [3, 4]),
        ("thread=0x00000002", [1, 3, 4]),
        ("symbol=main", [2]),
        ("symbol=table", [5]),
        ("from=2,to=4", [2, 3, 4]),
        ("from=4", [4, 5]),
        ("to=1", [1]),
        ("kind=switch,thread=0x00000001,to=3", [1]),
    ],
)
def test_a_filter_takes_the_events_that_it_says(only, times):
    for together in (True, False):
        lines = Lines(only)
        for events in [EVENTS] if together else [(event,) for event in EVENTS]:
            lines.hear(*events)
        assert [o["t"] for o in lines.objects] == times


@pytest.mark.parametrize("only", ["", "kind", "kind=", "kinds=switch", "kind=nothing", "from=0", "from=x", "to=1,to=2"])
def test_a_wrong_filter_is_refused_in_one_line(only):
    with pytest.raises(ConfigError, match=r"^--trace-filter .* is no filter\. .*\.$"):
        read_filter(only)


def test_a_filter_knows_every_kind():
    assert {event.kind for event in CLASSES} == KINDS


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
    rows = re.finditer(r"^\| `([a-z]+)` \| ([a-z0-9_ ]+) \|", DOCUMENT, re.MULTILINE)
    documented = {match[1]: match[2].split() for match in rows}
    expected = {event.kind: [f.name for f in fields(event)][1:] for event in CLASSES}
    assert {kind: names for kind, names in documented.items() if kind not in OF_THE_RECORDER} == expected
    assert set(documented) >= OF_THE_RECORDER


def test_kinds_are_unique():
    kinds = [event.kind for event in CLASSES]
    assert len(set(kinds)) == len(kinds)
    assert not set(kinds) & OF_THE_RECORDER


def test_events_of_personalities_have_the_same_form():
    made = EventMembers(IMAGE).of(ShareMade(3, 1, "a", 2, "b", 0x20000000, 4096, 3, "mmap", 1, "a", 0x80))
    assert made["rights"] == 3 and made["base"] == "0x20000000" and next(iter(made)) == "kind"
    thread = EventMembers(IMAGE).of(ThreadCreated(0, 0x0B010001, "T1", 0x101, 0x20000000, 4096, 5, 0))
    assert thread["priority"] == 5 and thread["entry"] == "0x00000101"
