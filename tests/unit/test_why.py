"""The second run names who put the bad value where it came from. The truth of each program is written beside it.

The programs are in assembly, so that every address and time of the truth is known before they run.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from support.elf_builder import FUNC, OBJECT, ElfBuilder, Load, Section, Sym

import v7m
from emulator.asm import assemble
from emulator.cli.main import main
from emulator.diagnosis.heap import HeapCall, calls_about
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

pytestmark = pytest.mark.usefixtures("why")
ROOT = Path(__file__).parents[2]
CODE, ROOM, VECTORS = 0x100, 0x80, 48
WORD, OTHER = 0x2000_1000, 0x2000_1040
"""Two words of RAM, objects of the program's named ``word`` and ``other``."""
TOP = 0x2000_8000
SYST = "movw r0, #0xe010; movt r0, #0xe000; movs r1, #40; str r1, [r0, #4]; movs r1, #7; str r1, [r0]"
SET_WORD = "movw r1, #0x1000; movt r1, #0x2000"
SET_OTHER = "movw r2, #0x1040; movt r2, #0x2000"


def elf(path: Path, functions: dict[str, str], systick: str = "", text: bytes = b"") -> Path:
    """Write a program of ``functions``, the first one its reset code; {name} is the address of another.

    Each begins ROOM bytes behind the one before. Every exception but SysTick leads to the last one.
    """
    places = {name: CODE + ROOM * number for number, name in enumerate(functions)}
    last = places[list(functions)[-1]]
    vectors = [TOP, CODE | 1, *[last | 1] * (VECTORS - 2)]
    if systick:
        vectors[15] = places[systick] | 1
    image = bytearray(CODE + ROOM * len(functions)) + text
    image[: 4 * VECTORS] = struct.pack(f"<{VECTORS}I", *vectors)
    symbols = [Sym("word", WORD, 4, OBJECT), Sym("other", OTHER, 4, OBJECT)]
    for name, source in functions.items():
        code = assemble(source.format(**{key: hex(value) for key, value in places.items()}), places[name])
        assert len(code) <= ROOM
        image[places[name] : places[name] + len(code)] = code
        symbols.append(Sym(name, places[name] | 1, len(code), FUNC))
    data = bytes(image)
    path.write_bytes(
        ElfBuilder(loads=[Load(0, data)], sections=[Section(".text", data)], symbols=symbols).build()
    )  # fmt: skip
    return path


def why(path: Path, functions: dict[str, str], **options: Any) -> tuple[WhyStep, ...]:
    given = {key: options.pop(key) for key in ("systick", "text") if key in options}
    program = elf(path / "program.elf", {**functions, "handler": "b ."}, **given)
    return v7m.run(program, why=True, max_instructions=200_000, **options).why


def shapes(steps: tuple[WhyStep, ...]) -> list[tuple[str, str, int | None]]:
    """Return what each sentence is about: its kind, the function, and the address."""
    return [(step.kind, step.place.partition("+")[0], step.address) for step in steps]


WILD = "ldr r3, [r1]; str r0, [r3]; b ."


def test_a_wild_pointer_leads_to_the_load_and_to_who_stored_it(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"bl {{spoil}}; {SET_WORD}; {WILD}",
        "spoil": f"{SET_WORD}; movw r0, #0x5678; movt r0, #0x6e34; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "spoil", WORD)]
    assert (steps[0].value, steps[0].object, steps[0].register) == (0x6E34_5678, "word", "r3")
    assert (steps[1].value, steps[1].time, steps[1].instruction) == (0x6E34_5678, 5, "str r0, [r1]")


def test_the_last_of_several_stores_is_named_and_a_byte_is_enough(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"bl {{first}}; bl {{second}}; {SET_WORD}; {WILD}",
        "first": f"{SET_WORD}; movw r0, #0x1000; movt r0, #0x2000; str r0, [r1]; bx lr",
        "second": f"{SET_WORD}; movs r0, #0x99; strb r0, [r1, #3]; bx lr",
    })  # fmt: skip
    assert shapes(steps)[1] == ("store", "second", WORD + 3)
    assert (steps[1].value, steps[1].size) == (0x99, 1)


def test_a_store_of_the_same_value_again_is_the_last_one(tmp_path: Path) -> None:
    set_it = f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; bx lr"
    steps = why(tmp_path, {
        "main": f"bl {{first}}; bl {{second}}; {SET_WORD}; {WILD}", "first": set_it, "second": set_it,
    })  # fmt: skip
    assert steps[1].place.startswith("second")


def test_memory_that_nothing_stored_to_is_said_to_be_that(tmp_path: Path) -> None:
    steps = why(tmp_path, {"main": f"{SET_WORD}; ldr r3, [r1]; blx r3; b ."})
    assert shapes(steps) == [("register", "main", WORD), ("initial", "", WORD)]
    assert "RAM at the start" in steps[1].text


def test_a_value_is_followed_through_moves_the_stack_and_calls(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r4, #0x70000000; str r4, [r1]; ldr r4, [r1]; bl {{keep}}; str r0, [r4]; b .",
        "keep": "push {{r4, lr}}; sub sp, #8; movs r4, #1; bl {clobber}; add sp, #8; pop {{r4, pc}}",
        "clobber": "push {{r4, r5}}; movs r4, #9; movs r5, #9; pop {{r4, r5}}; mov r0, r4; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "main", WORD)]


def test_what_an_exception_did_in_between_is_not_blamed(tmp_path: Path) -> None:
    """SysTick comes again and again between the load and the use, and changes every register that it may."""
    steps = why(
        tmp_path,
        {
            "main": f"{SYST}; {SET_WORD}; mov r4, #0x70000000; str r4, [r1]; ldr r3, [r1]; ldr r5, [r1]; bl {{wait}}",
            "wait": "movs r2, #200; subs r2, #1; bne {wait} + 2; str r5, [r3]; b .",
            "tick": "push {{r4, r5}}; movs r0, #1; movs r1, #2; movs r2, #3; movs r3, #4; movs r5, #5; b {leave}",
            "leave": "pop {{r4, r5}}; bx lr",
        },
        systick="tick",
    )
    assert shapes(steps) == [("register", "main", WORD), ("store", "main", WORD)]


def test_an_instruction_whose_condition_failed_gave_no_value(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; ldr r3, [r1]; cmp r0, #1; it eq; moveq r3, #4; "
        "str r0, [r3]; b .",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "main", WORD)]


def test_an_interrupt_that_spoilt_the_word_is_named(tmp_path: Path) -> None:
    steps = why(
        tmp_path,
        {
            "main": f"{SET_WORD}; str r1, [r1]; {SYST}; b {{loop}}",
            "loop": f"{SET_WORD}; ldr r3, [r1]; ldr r3, [r3]; b {{loop}}",
            "tick": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; bx lr",
        },
        systick="tick",
    )
    assert shapes(steps) == [("register", "loop", WORD), ("store", "tick", WORD)]
    assert steps[1].thread == "the SysTick handler"


def test_a_smashed_return_address_leads_to_the_store(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": "bl {victim}; b .",
        "victim": "push {{r4, lr}}; mov r0, sp; bl {smash}; pop {{r4, pc}}",
        "smash": "mov r1, #0x70000000; str r1, [r0, #4]; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [("register", "", TOP - 4), ("store", "smash", TOP - 4)]
    assert "the return address, 0x70000000" in steps[0].text


def test_a_null_function_pointer_is_followed(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"bl {{clear}}; {SET_WORD}; ldr r3, [r1]; blx r3; b .",
        "clear": f"{SET_WORD}; movs r0, #0; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "clear", WORD)]


def test_an_even_address_in_the_programs_own_code_is_followed(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; movw r0, #{{target}}; str r0, [r1]; ldr r3, [r1]; bx r3",
        "target": "b .",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "main", WORD)]


def test_zeroed_memory_that_was_executed_is_told_with_where_it_was_entered(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; movw r0, #0x2001; movt r0, #0x2000; str r0, [r1]; ldr r3, [r1]; bl {{leave}}",
        "leave": "bx r3",
    }, board="lm3s6965evb")  # fmt: skip
    assert shapes(steps) == [("departure", "leave", None), ("register", "main", WORD), ("store", "main", WORD)]
    ran = (0x2001_0000 - 0x2000_2000) // 2
    assert f"0x20002001, {ran - 1:,} instructions before the end" in steps[0].text or f"{ran:,} instr" in steps[0].text
    assert "zeros" in steps[0].text


def test_the_budgets_end_in_zeroed_memory_is_told_too(tmp_path: Path) -> None:
    program = elf(tmp_path / "program.elf", {
        "main": "movw r3, #0x2001; movt r3, #0x2000; nop; bx r3", "handler": "b .",
    })  # fmt: skip
    found = v7m.run(program, why=True, max_instructions=5_000).why
    assert shapes(found)[0] == ("departure", "main", None)
    assert v7m.run(program, max_instructions=5_000).why == ()


def test_the_last_departure_counts_and_not_an_earlier_one(tmp_path: Path) -> None:
    """Code in RAM that came back to the program is not where it went astray."""
    steps = why(tmp_path, {
        "main": "bl {load}; movw r3, #0x2001; movt r3, #0x2000; blx r3; bl {leave}",
        "load": "movw r0, #0x2000; movt r0, #0x2000; movw r1, #0x4770; strh r1, [r0, #200]; dsb; isb; bx lr",
        "leave": "movw r3, #0x3001; movt r3, #0x2000; bx r3",
    }, board="lm3s6965evb")  # fmt: skip
    assert shapes(steps)[0] == ("departure", "leave", None)


def test_a_divisor_is_followed(tmp_path: Path) -> None:
    trap = "movw r0, #0xed14; movt r0, #0xe000; mov r1, #0x210; str r1, [r0]"
    steps = why(tmp_path, {
        "main": f"{trap}; bl {{clear}}; {SET_WORD}; ldr r2, [r1]; movs r0, #9; udiv r0, r0, r2; b .",
        "clear": f"{SET_WORD}; movs r0, #0; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "clear", WORD)]
    assert "the divisor" in steps[0].text


def test_a_bad_index_is_followed_and_not_the_good_base(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"bl {{spoil}}; {SET_WORD}; ldr r3, [r1]; {SET_OTHER}; ldr r0, [r2, r3]; b .",
        "spoil": f"{SET_WORD}; mov r0, #0x50000000; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [("register", "main", WORD), ("store", "spoil", WORD)]
    assert "the index" in steps[0].text


def test_a_slot_that_was_never_set_is_left_over_from_a_function_that_has_returned(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": "bl {before}; bl {user}; b .",
        "before": "push {{r4, lr}}; mov r4, #0x70000000; push {{r4}}; pop {{r4}}; pop {{r4, pc}}",
        "user": "sub sp, #12; ldr r3, [sp]; ldr r0, [r3]; add sp, #12; bx lr",
    })  # fmt: skip
    assert [step.kind for step in steps] == ["register", "end"]
    assert "left over from before" in steps[1].text


def test_a_constant_pointer_and_a_local_that_is_gone_are_said_to_be_that(tmp_path: Path) -> None:
    steps = why(tmp_path, {"main": "mov r3, #0x70000000; str r0, [r3]; b ."})
    assert len(steps) == 1 and "is a constant, 0x70000000, of main" in steps[0].text
    steps = why(tmp_path, {
        "main": f"bl {{give}}; {SET_WORD}; ldr r3, [r1]; ldr r3, [r3]; str r0, [r3]; b .",
        "give": f"push {{{{r4, lr}}}}; {SET_WORD}; mov r4, #0x70000000; str r4, [sp]; mov r2, sp; str r2, [r1]; "
        "pop {{r4, pc}}",
    })  # fmt: skip
    assert steps[0].address == TOP - 8 and "0x70000000" in steps[0].text


def test_a_copy_is_followed_to_what_was_copied(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_OTHER}; mov r0, #0x70000000; str r0, [r2]; bl {{copy}}; {SET_WORD}; {WILD}",
        "copy": f"{SET_WORD}; {SET_OTHER}; ldr r0, [r2]; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert shapes(steps) == [
        ("register", "main", WORD), ("store", "copy", WORD), ("register", "copy", OTHER), ("store", "main", OTHER),
    ]  # fmt: skip


def test_what_semihosting_read_is_the_hosts_store(tmp_path: Path) -> None:
    """SYS_READ (6) of stdin (handle 0 is opened as ":tt") puts four bytes over the word."""
    block = "movw r1, #0x1100; movt r1, #0x2000"
    functions = {
        "main": f"movs r0, #1; {block}; movw r2, #{{name}}; str r2, [r1]; movs r3, #0; str r3, [r1, #4]; movs r3, #3; "
        f"str r3, [r1, #8]; bkpt #0xab; b {{read}}",
        "read": f"{block}; str r0, [r1]; movw r2, #0x1000; movt r2, #0x2000; str r2, [r1, #4]; movs r3, #4; "
        f"str r3, [r1, #8]; movs r0, #6; bkpt #0xab; {SET_WORD}; ldr r3, [r1]; str r0, [r3]; b .",
        "name": ".byte 58, 116, 116, 0",
    }
    steps = why(tmp_path, functions, input="abcd")
    assert shapes(steps) == [("register", "read", WORD), ("store", "read", WORD)]
    assert "the host (semihosting) stored there" in steps[1].text and steps[1].value is None


def test_a_block_that_was_freed_tells_its_history(tmp_path: Path) -> None:
    block = 0x2000_2000
    give = f"movw r0, #{block & 0xFFFF}; movt r0, #{block >> 16}; bx lr"
    main_code = (
        "movs r0, #16; bl {malloc}; mov r4, r0; bl {drop}; bl {reuse}; ldr r3, [r4, #8]; str r0, [r3]; b ."
    )  # fmt: skip
    functions = {
        "main": main_code,
        "drop": "push {{r4, lr}}; mov r0, r4; bl {free}; pop {{r4, pc}}",
        "reuse": "push {{r4, lr}}; movs r0, #16; bl {malloc}; mov r1, #0x70000000; str r1, [r0, #8]; pop {{r4, pc}}",
        "malloc": give,
        "free": "bx lr",
    }
    steps = why(tmp_path, functions)
    assert shapes(steps[:2]) == [("register", "main", block + 8), ("store", "reuse", block + 8)]
    words = steps[-1].text
    assert steps[-1].kind == "memory"
    assert words.index("main") < words.index("drop") < words.index("freed") < words.index("reuse") < words.index("anew")


def test_the_region_that_refused_was_set_up_by_somebody(tmp_path: Path) -> None:
    mpu = "movw r0, #0xed94; movt r0, #0xe000"
    steps = why(tmp_path, {
        "main": f"bl {{protect}}; {mpu}; movs r1, #5; str r1, [r0]; dsb; isb; {SET_WORD}; str r0, [r1]; b .",
        "protect": f"{mpu}; movs r1, #2; str r1, [r0, #4]; movw r1, #0x1000; movt r1, #0x2000; str r1, [r0, #8]; "
        "b {rights}",
        "rights": f"{mpu}; movw r1, #0x0013; movt r1, #0x1600; str r1, [r0, #12]; bx lr",
    })  # fmt: skip
    assert [step.place.partition("+")[0] for step in steps[-2:]] == ["protect", "rights"]
    assert "region 2 its base, 0x20001000" in steps[-2].text and "region 2 its size and rights" in steps[-1].text


def test_pointers_that_lead_in_a_circle_are_told_with_who_closed_it(tmp_path: Path) -> None:
    program = elf(tmp_path / "program.elf", {
        "main": f"{SET_WORD}; {SET_OTHER}; str r2, [r1]; str r1, [r1, #4]; bl {{close}}; b {{walk}}",
        "close": "str r1, [r2]; bx lr",
        "walk": f"{SET_WORD}; adds r5, #1; ldr r1, [r1]; cmp r1, #0; bne {{walk}} + 8; b .",
        "handler": "b .",
    })  # fmt: skip
    circle, store = v7m.run(program, why=True, max_instructions=5_000).why
    assert "in a circle, over word (0x20001000), other (0x20001040)" in circle.text
    assert shapes((store,)) == [("store", "close", OTHER)]


def test_a_pointer_that_leads_to_itself_and_is_kept_on_the_stack_is_a_circle(tmp_path: Path) -> None:
    """As without optimization: what is loaded at the end of a round is what was loaded in it, kept in between."""
    program = elf(tmp_path / "program.elf", {
        "main": f"{SET_WORD}; str r1, [r1]; sub sp, #8; str r1, [sp, #4]; b {{walk}}",
        "walk": "ldr r3, [sp, #4]; ldr r3, [r3]; str r3, [sp, #4]; ldr r3, [sp, #4]; cmp r3, #0; bne {walk} + 2; b .",
        "handler": "b .",
    })  # fmt: skip
    circle = v7m.run(program, why=True, max_instructions=5_000).why[0]
    assert "in a circle" in circle.text and "word (0x20001000)" in circle.text


def test_a_long_list_is_no_circle(tmp_path: Path) -> None:
    """Every link leads to the next word, and the run ends on the way."""
    program = elf(tmp_path / "program.elf", {
        "main": f"{SET_WORD}; mov r3, r1; mov r2, #1000; adds r4, r3, #4; str r4, [r3]; mov r3, r4; subs r2, #1; "
        "bne {main} + 14; b {walk}",
        "walk": f"{SET_WORD}; ldr r1, [r1]; cmp r1, #0; bne {{walk}} + 8; b .",
        "handler": "b .",
    })  # fmt: skip
    result = v7m.run(program, why=True, max_instructions=6_200)
    assert (result.outcome, result.why) == ("budget-spent", ()) and "walk" in result.headline


ROUND_AND_ROUND = {
    "a word that leads to itself is looked at, as the list that an idle task finds empty again and again": (
        f"{SET_WORD}; str r1, [r1]; b {{walk}}",
        f"{SET_WORD}; ldr r1, [r1]; cmp r1, #0; bne {{walk}}; b .",
    ),
    "a word that leads elsewhere is looked at": (
        f"{SET_WORD}; {SET_OTHER}; str r2, [r1]; b {{walk}}",
        f"{SET_WORD}; ldr r1, [r1]; cmp r1, #0; bne {{walk}}; b .",
    ),
    "words are looked at by turns": (
        f"{SET_WORD}; mov r3, r1; b {{walk}}",
        "eor r3, r3, #0x40; mov r1, r3; ldr r1, [r1]; cmp r1, #0; beq {walk}; b .",
    ),
    "a list is gone through, from its head back to its head, by an outer loop that counts": (
        f"{SET_WORD}; {SET_OTHER}; str r2, [r1]; str r1, [r2]; b {{walk}}",
        f"{SET_WORD}; mov r3, r1; ldr r3, [r3]; cmp r3, r1; bne {{walk}} + 10; adds r5, #1; b {{walk}}",
    ),
}


@pytest.mark.parametrize(("begin", "walk"), ROUND_AND_ROUND.values(), ids=ROUND_AND_ROUND)
def test_other_loops_are_no_circle(tmp_path: Path, begin: str, walk: str) -> None:
    program = elf(tmp_path / "program.elf", {"main": begin, "walk": walk, "handler": "b ."})
    found = v7m.run(program, why=True, max_instructions=5_000)
    assert "circle" not in " ".join(step.text for step in found.why)


def test_an_index_past_the_end_of_its_table_is_followed(tmp_path: Path) -> None:
    """``word`` is a table of one word; what is behind it was never stored to."""
    steps = why(tmp_path, {
        "main": f"bl {{choose}}; {SET_WORD}; ldr r3, [r1, r0, lsl #2]; blx r3; b .",
        "choose": "movs r0, #3; bx lr",
    })  # fmt: skip
    assert [step.kind for step in steps] == ["register", "register"]
    assert "came from 0x2000100c, 8 bytes past the end of word: " in steps[0].text
    assert steps[1].text.startswith("the index 3 is a constant") and steps[1].register == "r0"


def test_the_frame_of_an_exception_over_a_word_is_not_taken_for_the_store_before_it(tmp_path: Path) -> None:
    """SysTick's frame is pushed over the dead slot, so that the last instruction which stored there is not to blame."""
    steps = why(
        tmp_path,
        {
            "main": f"{SYST}; bl {{before}}; movs r2, #60; mov r12, #0x60000000; bl {{wait}}; b .",
            "before": "push {{r4, lr}}; movs r4, #0; push {{r0-r7}}; add sp, #32; pop {{r4, pc}}",
            "wait": "subs r2, #1; bne {wait}; sub sp, #32; ldr r3, [sp, #16]; ldr r0, [r3]; add sp, #32; bx lr",
            "tick": "bx lr",
        },
        systick="tick",
    )
    assert [step.kind for step in steps] == ["register", "store"] and steps[0].value == 0x6000_0000
    assert "the frame of SysTick, which interrupted wait, was stacked there last" in steps[1].text


DOCUMENT = ROOT / "docs" / "report.md"
BEGIN = "    $ v7m run firmware/prebuilt/share_revoked.elf\n    ...\n"


def shown_and_printed() -> tuple[str, str]:
    """Return what the document shows of the report, and what is printed now."""
    shown = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition("\n\n")[0] + "\n"
    report = v7m.run(ROOT / "firmware/prebuilt/share_revoked.elf", why=True).text
    block = "  why " + report.partition("  why ")[2].partition("\n\n")[0]
    return shown, "".join(f"    {line}\n" for line in block.splitlines())


def test_the_document_shows_what_the_command_prints() -> None:
    shown, printed = shown_and_printed()
    assert shown == printed and shown.count("\n") > 5


def test_a_blocks_calls_are_its_own_and_not_its_neighbours() -> None:
    def call(name: str, pointer: int, size: int, freed: int) -> HeapCall:
        return HeapCall(Position(0, 0), name, pointer, size, freed)

    calls = [call("malloc", 0x100, 16, 0), call("malloc", 0x118, 16, 0), call("free", 0, 0, 0x100)]
    assert calls_about(calls, 0x10F) == [calls[0], calls[2]]
    assert calls_about(calls, 0x110) == [] and calls_about(calls, 0x118) == [calls[1]]


# -- bounds and ways -----------------------------------------------------------------------------------------------

FAR_STORE = {
    "main": f"bl {{spoil}}; movw r2, #20000; subs r2, #1; bne {CODE + 8}; {SET_WORD}; {WILD}",
    "spoil": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; bx lr",
    "handler": "b .",
}


def test_a_store_longer_ago_than_is_looked_is_not_guessed(tmp_path: Path) -> None:
    from emulator.diagnosis.diagnose import why_it_faulted
    from emulator.harness.endless_loop import run_to_end
    from emulator.harness.guest_input import GuestInput, no_input
    from emulator.harness.session import board_of, open_machine
    from emulator.harness.setup import Setup

    setup = Setup((str(elf(tmp_path / "program.elf", FAR_STORE)),))
    with open_machine(setup, board_of(setup), GuestInput(no_input), has_input=False) as session:
        machine = session.machine
        run_to_end(machine, None)
        record, executed = machine.faults_handled[0], machine.engine.executed
        assert session.again is not None
        near = why_it_faulted(session.again, record, executed, reach=1_000)
        far = why_it_faulted(session.again, record, executed)
        assert why_it_faulted(session.again, record, executed, most=1_000) is None
    assert near is not None and far is not None
    assert [step.kind for step in near.steps] == ["register", "end"] and "within the 1,000 instr" in near.steps[1].text
    assert [step.kind for step in far.steps] == ["register", "store"]


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["run", *arguments, "--report", "json"])
    found: dict[str, Any] = json.loads(capfd.readouterr().err)
    return found


def test_the_option_chooses(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch) -> None:
    program = str(elf(tmp_path / "program.elf", FAR_STORE))
    assert run(capfd, program)["why"]["steps"][1]["kind"] == "store"
    assert run(capfd, program, "--why", "off")["why"] is None
    assert run(capfd, program, "--semihosting-root", str(tmp_path))["why"] is None
    monkeypatch.setattr("emulator.harness.second_run.LONGEST_RUN", 1_000)
    assert run(capfd, program)["why"] is None
    assert run(capfd, program, "--why", "more")["why"]["steps"][1]["kind"] == "store"


def test_ctrl_c_ends_the_search_and_not_the_report(tmp_path: Path, capfd, monkeypatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    program = str(elf(tmp_path / "program.elf", FAR_STORE))
    monkeypatch.setattr("emulator.harness.second_run.why_it_faulted", interrupted)
    found = run(capfd, program)
    assert (found["why"], found["outcome"], found["fault"]["cause"]) == (None, "fault", "PRECISERR")


@pytest.mark.parametrize("backend", ["fast", "audit"])
def test_the_bytes_are_the_same_in_every_way_to_run(tmp_path: Path, capfd, monkeypatch, backend: str) -> None:
    near = {**FAR_STORE, "main": FAR_STORE["main"].replace("#20000", "#500")}
    program = str(elf(tmp_path / "program.elf", near))
    first = run(capfd, program, "--mpu-backend", backend)
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert run(capfd, program, "--mpu-backend", backend)["why"] == first["why"] != None  # noqa: E711


if __name__ == "__main__":  # PYTHONPATH=tests: writes into the document what is printed now
    DOCUMENT.write_text(DOCUMENT.read_text(encoding="utf-8").replace(*shown_and_printed()), encoding="utf-8")


def test_a_reset_that_the_program_asks_for_leads_to_the_branch_that_decided(tmp_path: Path) -> None:
    """Not to the loop behind the store to AIRCR, which is never come to."""
    steps = why(tmp_path, {
        "main": "bl {spoil}; bl {check}; b .",
        "check": f"push {{{{lr}}}}; {SET_WORD}; ldr r0, [r1]; cmp r0, #7; bne 0x192; pop {{{{pc}}}}; bl {{reset}}",
        "reset": "movw r0, #0xed0c; movt r0, #0xe000; movw r1, #4; movt r1, #0x5fa; str r1, [r0]; b .",
        "spoil": f"{SET_WORD}; movs r0, #5; str r0, [r1]; bx lr",
    }, on_reset="stop")  # fmt: skip
    assert (
        steps[0].text.startswith("check+0xe went to the call of reset by bne") and "r0 held 0x00000005" in steps[0].text
    )
    assert "spoil+0x" in steps[2].text


def test_a_fault_within_exit_is_explained_also_where_its_handler_resets_and_resets_are_how_it_ends(
    tmp_path: Path,
) -> None:
    program = elf(tmp_path / "program.elf", {
        "main": "bl {exit}; b .",
        "exit": f"push {{{{r4, lr}}}}; {SET_WORD}; mov r0, #0x70000000; str r0, [r1]; ldr r3, [r1]; ldr r3, [r3]; b .",
        "handler": "movw r0, #0xed0c; movt r0, #0xe000; movw r1, #4; movt r1, #0x5fa; str r1, [r0]; b .",
    })  # fmt: skip
    result = v7m.run(program, why=True, on_reset="stop")
    assert (result.outcome, result.exit_status) == ("fault", 3) and "exit" in result.text
    assert result.why[0].text.startswith("the pointer, 0x70000000, came from word")
