"""v7m diff: what counts as the same, what it says of what does not, and which files it refuses."""

from __future__ import annotations

import functools
import json
from array import array
from pathlib import Path
from typing import Any

import pytest
from support.firmware import built

from emulator.cli.main import main
from emulator.trace.divergence import differences
from emulator.trace.divergence_text import compare_traces
from emulator.trace.normal_form import NormalTrace, Stream
from emulator.trace.trace_file import parse_trace

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
Line = dict[str, Any]


@functools.cache
def recorded(elf: Path, tmp: Path) -> bytes:
    path = tmp / "trace.jsonl"
    main(["run", str(elf), "--trace", str(path)])
    return path.read_bytes()


@pytest.fixture
def lines(tmp_path: Path, capfd: Any) -> list[Line]:
    """The lines of a trace in which one thread uses the stack of another."""
    return [json.loads(line) for line in recorded(PREBUILT / "stack_sharing.elf", tmp_path).splitlines()]


def difference(before: list[Line], now: list[Line]) -> str:
    data = ["".join(json.dumps(line) + "\n" for line in lines).encode() for lines in (before, now)]
    return compare_traces(parse_trace(data[0], "before"), parse_trace(data[1], "now"), "now")


def changed(lines: list[Line], kind: str, number: int = 0, **values: Any) -> list[Line]:
    """Return the lines with other values in one of ``kind``."""
    place = [n for n, line in enumerate(lines) if line["kind"] == kind][number]
    return [*lines[:place], {**lines[place], **values}, *lines[place + 1 :]]


def without(lines: list[Line], kind: str, number: int = 0) -> list[Line]:
    place = [n for n, line in enumerate(lines) if line["kind"] == kind][number]
    return lines[:place] + lines[place + 1 :]


def moved(line: Line) -> Line:
    """Return the event as another build would give it: later, and elsewhere."""
    found = {**line, "t": line["t"] * 3 + 5} if "t" in line else dict(line)
    for name in ("pc", "base", "stack_base", "entry", "return_address"):
        if name in found:
            found[name] = "0x12345678"
    for name in ("pc_symbol", "return_address_symbol"):
        if found.get(name):
            found[name] = "inlined_elsewhere+0x2"
    if found.get("line"):
        found["line"] = found["line"].rpartition(":")[0] + ":999"
    return found


def test_a_trace_is_the_same_as_itself_and_as_one_of_a_build_at_other_addresses(lines: list[Line]) -> None:
    assert difference(lines, lines) == ""
    assert difference(lines, [moved(line) for line in lines]) == ""


@pytest.mark.parametrize("name", ["stack_sharing", "matrix_m_preemption", "bare_switch", "switch_storm"])
def test_another_optimisation_level_does_the_same(name: str, tmp_path: Path, capfd: Any) -> None:
    names = [tmp_path / "a", tmp_path / "b"]
    for elf, trace in zip((PREBUILT / f"{name}.elf", built("m4f-O0") / f"{name}.elf"), names, strict=True):
        main(["run", str(elf), "--trace", str(trace)])
    assert main(["diff", *map(str, names)]) == 0


def test_other_rights_of_a_share_are_told_with_the_call_that_made_it(lines: list[Line]) -> None:
    text = difference(lines, changed(lines, "share", rights=1, via='mmap("/taskfs/0x01", PROT_READ)'))
    assert 'before:  Init: share 0x01 -> 0x02 rw  mmap("/taskfs/0x01", PROT_READ | PROT_WRITE)' in text
    assert (
        'now:     Init: share 0x01 -> 0x02 r-  mmap("/taskfs/0x01", PROT_READ)  firmware/stack_sharing/main.c:60'
        in text
    )
    assert text.count("then") == 0


def test_a_line_printed_more_is_just_that(lines: list[Line]) -> None:
    place = next(n for n, line in enumerate(lines) if line["kind"] == "console") + 1
    text = difference(lines, [*lines[:place], {**lines[place - 1], "data": "new\n"}, *lines[place:]])
    assert 'new:     POSIX_Init: prints "new\\n"' in text
    assert "then" not in text and "gone" not in text


@pytest.mark.parametrize(
    ("data", "words"),
    [("grüße\n".encode(), r"grüße\n"), (b'\xfc\\"\x1b', r"\xfc\\\"\x1b")],
)
def test_printed_text_is_told_as_the_utf_8_that_it_is(lines: list[Line], data: bytes, words: str) -> None:
    assert f'prints "{words}"' in difference(lines, changed(lines, "console", data=data.decode("latin-1")))


def test_names_of_cxx_are_told_as_the_source_has_them_whatever_their_linkage(lines: list[Line]) -> None:
    calls = [line for line in lines if line["kind"] == "call"]
    number = next(n for n, line in enumerate(calls) if line["pointers"] and line["line"] and "main.c" in line["line"])
    pointer = next(iter(calls[number]["pointers"]))
    here, elsewhere = (
        changed(lines, "call", number, pointers={**calls[number]["pointers"], pointer: name})
        for name in ("_ZL5first", "_ZN4shop4lockE")
    )
    assert "shop::lock" in difference(here, elsewhere)
    assert not difference(here, changed(here, "call", number, pointers={**calls[number]["pointers"], pointer: "first"}))


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("call", {"result": "0xffffffff", "error": "ENOSPC"}, "fstat"),
        ("thread", {"priority": 1}, "creates IDLE to run rtems_shim_idle at priority 1"),
        ("stop", {"outcome": "failure", "guest_exit_code": 3}, "the run ends: failure, code 3"),
        ("block", {"reason": "rain"}, "waits for rain"),
        ("wake", {"waker_name": "Nobody"}, "is woken by Nobody"),
        ("switch", {"heir_name": "Nobody"}, "-> Nobody"),
        ("end", {"thread_name": "Nobody"}, "Nobody: ends"),
        ("fatal", {"source": 77}, "fatal error: source 77"),
    ],
)
def test_what_threads_do_is_compared(lines: list[Line], kind: str, values: Line, words: str) -> None:
    if kind == "call":
        own = [line for line in lines if line["kind"] == "call"]
        number = next(n for n, line in enumerate(own) if line["name"] == "ftruncate")
        assert "ftruncate fails: ENOSPC" in difference(lines, changed(lines, kind, number, **values))
        return
    assert words in difference(lines, changed(lines, kind, **values))


def test_the_ids_of_threads_are_not_compared(lines: list[Line]) -> None:
    ids = {line["thread"] for line in lines if line["kind"] == "thread" and line["thread"] != "0x09010001"}
    assert len(ids) > 1
    text = json.dumps(lines)
    for number in sorted(ids, reverse=True):  # as if another thread had been created first
        text = text.replace(number, f"0x{int(number, 16) + 1:08x}")
    assert difference(lines, json.loads(text)) == ""


@pytest.mark.parametrize("kind", ["semaphore", "mutex", "condition variable", "read-write lock", "barrier"])
def test_where_a_frame_has_what_is_waited_for_is_not_compared(kind: str, lines: list[Line]) -> None:
    here, elsewhere, other = (
        changed(lines, "block", reason=f"{words}, to read")
        for words in (f"{kind} 0x20307fbc", f"{kind} 0x20307f98", kind)
    )
    assert difference(here, elsewhere) == ""
    assert f"waits for {kind} *, to read" in difference(here, other)


def test_an_id_that_the_program_prints_is_compared(lines: list[Line]) -> None:
    before, now = (changed(lines, "console", data=f"I am 0x0b01000{n}\n") for n in (1, 2))
    assert 'prints "I am 0x0b010002\\n"' in difference(before, now)


@pytest.mark.parametrize("kind", ["mpu", "stack", "exception", "return"])
def test_what_follows_from_the_rest_is_not_compared(lines: list[Line], kind: str) -> None:
    assert difference(lines, without(lines, kind)) == ""


def test_calls_of_the_c_library_are_not_compared(lines: list[Line]) -> None:
    assert difference(lines, [line for line in lines if line.get("name") != "pthread_mutex_lock"]) == ""


def test_where_the_clock_interrupted_who_waited_is_not_compared(lines: list[Line]) -> None:
    tick = {"t": 1, "kind": "exception", "exception": 15, "return_address": "0x00000000",
            "return_address_symbol": None, "exc_return": "0xfffffffd"}  # fmt: skip
    now = without(lines, "block")
    assert "waits for" in difference(lines, now)
    assert difference(lines, [*now[:9], tick, *now[9:]]) == ""


def test_a_blocked_call_returns_the_same_as_one_that_did_not_block(lines: list[Line]) -> None:
    place = next(n for n, line in enumerate(lines) if line["kind"] == "result" and line["name"] == "sem_wait")
    call = next(n for n, line in enumerate(lines) if line.get("name") == "sem_wait" and line["result"] is None)
    direct = changed(
        lines, "call", [n for n, x in enumerate(lines) if x["kind"] == "call"].index(call), result="0x00000000"
    )
    tick = {"t": 1, "kind": "exception", "exception": 15, "return_address": "0x00000000"}
    waits = ("block", "wake", "switch")
    now = [line for n, line in enumerate(direct) if n != place and line["kind"] not in waits]
    assert difference(lines, [*now[:9], tick, *now[9:]]) == ""


def test_behind_a_difference_streams_go_on_where_several_sentences_agree_again(lines: list[Line]) -> None:
    trace = parse_trace("".join(json.dumps(line) + "\n" for line in lines).encode(), "t")

    def normal(*sentences: int) -> NormalTrace:
        return NormalTrace(trace, {0: Stream(array("l", sentences), array("l", range(1, len(sentences) + 1)))})

    (hunk,) = differences(normal(1, 2, 3, 4, 5, 6), normal(1, 8, 3, 9, 4, 5, 6), ["thread"])
    assert [item.sentence for item in hunk.before] == [2, 3]  # though the 3 alone agrees
    assert [item.sentence for item in hunk.now] == [8, 3, 9]


def test_other_input_of_the_runs_is_told(lines: list[Line]) -> None:
    now = changed(
        without(lines, "share"), "header", board="other", options={**lines[0]["options"], "mode": "kernel-opens"}
    )
    text = difference(lines, now)
    assert "something else: board mps2-an386, now other." in text and "--mode strict, now kernel-opens." in text


def test_the_number_of_differences_that_are_shown_is_bounded_and_the_end_is_among_them(lines: list[Line]) -> None:
    now = [{**line, "data": f"{n}\n"} if line["kind"] == "console" else line for n, line in enumerate(lines)]
    now = [{**line, "reason": str(n), "waker_name": str(n)} if "reason" in line else line for n, line in enumerate(now)]
    now = [{**line, "heir_name": str(n)} if n % 3 and "heir" in line else line for n, line in enumerate(now)]
    text = difference(lines, changed(now, "stop", outcome="failure", headline="It failed."))
    assert "more differences" in text and "It failed." in text and len(text.splitlines()) < 25


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"# notes\n", "a trace and something else"),
        (b'{"kind":"header","schema_version":3}\n{"kind":"stop"}\n', "is a trace of version 3, not 4"),
        (b'{"kind":"header","schema_version":4}\n{"t":1,"kind":"end"', "is cut short after line 1"),
        (b'{"kind":"header","schema_version":4}\n{"t":1,"kind":"end"}\n', "is cut short after line 2"),
    ],
)
def test_what_is_no_whole_trace_is_refused_in_one_line(data: bytes, words: str, tmp_path: Path, capfd: Any) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(recorded(PREBUILT / "hello.elf", tmp_path))
    bad.write_bytes(data)
    capfd.readouterr()
    assert main(["diff", str(good), str(bad)]) == 2
    error = capfd.readouterr().err
    assert words in error and error.count("\n") == 1


def test_a_damaged_line_is_named(lines: list[Line], tmp_path: Path, capfd: Any) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    text = [json.dumps(line) for line in lines]
    good.write_text("\n".join(text) + "\n")
    for damage in ("nothing", '{"t":1}', '{"t":1,"kind":"share"}'):
        bad.write_text("\n".join([*text[:5], damage, *text[5:]]) + "\n")
        capfd.readouterr()
        assert main(["diff", str(good), str(bad)]) == 2
        assert "line 6 is no event" in capfd.readouterr().err


def test_exact_names_the_first_byte_that_differs(tmp_path: Path, capfd: Any) -> None:
    first, second, longer = (tmp_path / name for name in "abc")
    first.write_bytes(b"one\ntwo\n" * 20_000)
    second.write_bytes(b"one\ntwo\n" * 19_999 + b"one\ntwX\n")
    longer.write_bytes(first.read_bytes() + b"three\n")
    assert main(["diff", "--exact", str(first), str(first)]) == 0
    assert main(["diff", "--exact", str(first), str(second)]) == 1
    assert "differ at byte 159,999, line 40,000." in capfd.readouterr().out
    assert main(["diff", "--exact", str(first), str(longer)]) == 1
    assert "up to line 40,001, where only" in capfd.readouterr().out


# -- programs with their own kernel ------------------------------------------------------------------------------------

HEADER = {"kind": "header", "schema_version": 4, "v7m": "x", "program": "a", "files": [], "board": "b", "options": {},
          "filter": None}  # fmt: skip


def bare(*events: str) -> list[Line]:
    """Return a trace of ``15`` (is taken), ``-15`` (returns), ``reset``, and addresses that are read."""
    lines: list[Line] = [HEADER]
    for time, event in enumerate(events):
        number = event.lstrip("-")
        if event == "reset":
            lines.append({"t": time, "kind": "reset", "count": 1, "pc": "0x00000100", "sp": "0x20001000"})
        elif not number.isdigit():
            lines.append(
                {"t": time, "kind": "absent", "pc": "0x00000100", "address": event, "access": "read", "size": 4}
            )
        elif event.startswith("-"):
            lines.append({"t": time, "kind": "return", "exception": int(number), "pc": "0x00000100"})
        else:
            lines.append({"t": time, "kind": "exception", "exception": int(number)})
    stop = {"kind": "stop", "outcome": "success", "headline": "The end.", "guest_exit_code": 0, "instructions": 1}
    return [*lines, {"t": len(events), **stop, "counts": {}}]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("x 15 -15 y", "x y 15 -15"),
        ("x 11 -11 14 a -14 y", "x 11 -11 y 14 a -14"),  # tail-chained to an SVC, and taken for itself
        ("x 15 -15 14 a -14 y", "x y 15 -15 14 a -14"),  # to an interrupt
        ("x 15 -15 14 16 -16 a -14 y 16 -16", "x y 14 16 -16 a -14 16 -16 15 -15"),
        ("x 11 16 -16 s -11 y", "x 11 s -11 y 16 -16"),  # in an SVC's handler, which goes on
        ("x 11 16 -16 s 17 -17 s -11 y", "x 11 s s -11 y 16 -16 17 -17"),
    ],
)
def test_when_interrupts_come_and_whether_they_are_tail_chained_is_not_compared(before: str, now: str) -> None:
    assert not difference(bare(*before.split()), bare(*now.split()))


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("x 11 -11 14 a -14 y", "x 11 -11 14 a -14 z", "first read of z"),
        ("x 11 -11 14 a b -14 y", "x 11 -11 14 a -14 y", "PendSV"),
        ("x 11 -11 y", "x 11 -11 y 11 -11", "SVCall is taken"),
        ("x 15 a reset y", "x 15 a reset z", "first read of z"),  # a reset ends the handler
    ],
)
def test_what_interrupts_and_the_program_do_is_compared(before: str, now: str, words: str) -> None:
    assert words in difference(bare(*before.split()), bare(*now.split()))


def test_an_access_to_the_stack_of_another_thread_is_compared_without_its_address(lines: list[Line]) -> None:
    touched = {"t": 1, "kind": "foreign", "thread": "0x1", "thread_name": "a", "owner": "0x2", "owner_name": "b",
               "pc": "0x0", "address": "0x20000000", "access": "read", "size": 4, "exception": 0}  # fmt: skip
    before, now, other = ([*lines[:9], {**touched, **more}, *lines[9:]] for more in (
        {}, {"address": "0x20000040"}, {"access": "write"}))  # fmt: skip
    assert not difference(before, now)
    assert "a writes the stack of b" in difference(before, other)


def test_reports_are_compared_without_what_code_moves(tmp_path: Path, capfd: Any) -> None:
    names = {}
    for name, elf in (("a", PREBUILT / "stack_isolation.elf"), ("b", built("m4f-O0") / "stack_isolation.elf"),
                      ("c", PREBUILT / "stack_sharing.elf")):  # fmt: skip
        names[name] = str(tmp_path / name)
        main(["run", str(elf), "--report", "json", "--report-file", names[name]])
    assert main(["diff", names["a"], names["b"]]) == 0
    renamed = tmp_path / "renamed"
    renamed.write_text((tmp_path / "b").read_text().replace("stack_isolation.elf", "isolation-O0.elf"))
    assert main(["diff", names["a"], str(renamed)]) == 0
    assert main(["diff", names["a"], names["c"]]) == 1
    assert "outcome: fault, now success" in capfd.readouterr().out
