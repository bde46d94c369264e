"""Numbers out of FP registers, a loop that a NaN keeps going, and values that lead on through their pointer."""

from __future__ import annotations

from pathlib import Path

from unit.test_why import SET_OTHER, SET_WORD, elf, why
from unit.test_why_busy import why_it_is_there

import v7m

ENABLE_FPU = "movw r0, #0xed88; movt r0, #0xe000; mov r1, #0xf00000; str r1, [r0]"
LOAD_WILD = "ldr r0, [r0]; b ."


def fp_why(path: Path, functions: dict[str, str]) -> list[str]:
    program = elf(path / "program.elf", {**functions, "handler": "b ."})
    result = v7m.run(program, why=True, max_instructions=200_000, board="mps2-an386")
    return [step.text for step in result.why]


def test_a_number_out_of_an_fp_register_is_followed_to_who_computed_it(tmp_path: Path) -> None:
    texts = fp_why(tmp_path, {
        "main": f"{ENABLE_FPU}; bl {{compute}}; vcvt.s32.f32 s1, s0; vmov r0, s1; {LOAD_WILD}",
        "compute": "movw r0, #0; movt r0, #0x4e60; vmov s2, r0; vmov.f32 s3, #0.5; vdiv.f32 s0, s2, s3; bx lr",
    })  # fmt: skip
    assert ": vmov r0, s1, which gave 0x70000000" in texts[0]
    assert texts[1].startswith("compute+0x10 computed that number at ")
    assert texts[1].endswith(": vdiv.f32 s0, s2, s3: s2 held 9.39524e+08 and s3 held 0.5, s0 then held 1.87905e+09")


def test_a_number_that_was_loaded_into_an_fp_register_is_followed_to_who_stored_it(tmp_path: Path) -> None:
    texts = fp_why(tmp_path, {
        "main": f"{ENABLE_FPU}; bl {{spoil}}; {SET_WORD}; vldr s0, [r1]; vmov r0, s0; {LOAD_WILD}",
        "spoil": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert "loaded that number, s0 held 1.58456e+29, from word (0x20001000) at " in texts[1]
    assert "spoil+0xc stored 0x70000000 to word last" in texts[2]


NAN = "mov r0, #0; vmov s2, r0; vdiv.f32 s0, s2, s2; vstr s0, [r1]; bx lr"
ROUND = "vldr s0, [r1]; vadd.f32 s0, s0, s0; vstr s0, [r1]; vcmp.f32 s0, s0; vmrs apsr_nzcv, fpscr; bne {loop}; b ."


def test_a_loop_that_a_nan_keeps_going_names_the_operation_that_made_it(tmp_path: Path) -> None:
    texts = why_it_is_there(
        tmp_path, {"main": f"{ENABLE_FPU}; {SET_WORD}; bl {{made}}; b {{loop}}", "made": NAN, "loop": ROUND},
        board="mps2-an386",
    )  # fmt: skip
    assert "compares with a NaN, which is never less, equal or greater: vcmp.f32 s0, s0, at " in texts[0]
    assert texts[0].endswith(": s0 held nan")
    assert texts[1].startswith("made+0x8, called by main") or texts[1].startswith("made+0x8 made a NaN of numbers")
    assert texts[1].endswith(": vdiv.f32 s0, s2, s2: s2 held 0 and s2 held 0")


def test_a_loop_that_compares_numbers_is_not_said_to_have_a_nan(tmp_path: Path) -> None:
    texts = why_it_is_there(
        tmp_path,
        {
            "main": f"{ENABLE_FPU}; {SET_WORD}; movs r0, #0; str r0, [r1]; b {{loop}}",
            "loop": ROUND.replace("bne", "beq"),
        },
        board="mps2-an386",
    )  # fmt: skip
    assert not any("NaN" in text for text in texts)


def test_code_that_was_read_as_data_leads_on_to_the_pointer(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"bl {{spoil}}; {SET_WORD}; ldr r2, [r1]; ldr r3, [r2]; ldr r3, [r3]; b .",
        "spoil": f"{SET_WORD}; movw r0, #{{victim}}; str r0, [r1]; bx lr",
        "victim": "movs r0, #0; mov r1, #0x70000000; bx lr",
    })  # fmt: skip
    texts = [step.text for step in steps]
    assert texts[1].startswith("nothing has ever stored to 0x00000200, in victim: it holds what the image held")
    assert texts[2].startswith("the address that it was read through, 0x00000200, came from word (0x20001000): main")
    assert "spoil+0xc stored 0x00000200 to word last" in texts[3]


def test_a_pointer_that_the_function_has_kept_is_still_known_to_be_beside_its_table(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_OTHER}; sub sp, #8; mvn r0, #2; lsls r0, r0, #2; adds r2, r2, r0; str r2, [sp, #4]; "
                "ldr r3, [sp, #4]; ldr r3, [r3]; blx r3; b .",
    })  # fmt: skip
    assert "came from 0x20001034, 12 bytes in front of other: " in steps[0].text
    assert steps[1].text.startswith("the offset -12 was made of a constant, 0xfffffffd, of main")


def test_an_index_that_a_loop_counts_says_so(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; {SET_OTHER}; sub sp, #8; movs r0, #0; b {{loop}}",
        "loop": "str r0, [sp, #4]; ldr r0, [sp, #4]; adds r3, r2, r0; ldr r3, [r3]; ldr r3, [r3]; ldr r0, [sp, #4]; "
                "subs r0, #1; b {loop}",
    })  # fmt: skip
    assert " bytes in front of other: " in steps[0].text
    assert steps[1].text.startswith("the offset -6") and " is counted by loop+0xc, at least " in steps[1].text
    assert steps[1].text.endswith(": subs r0, #1")


def test_a_number_is_followed_through_what_it_was_computed_of(tmp_path: Path) -> None:
    """The divisor has made it large: that is followed, and not the dividend."""
    texts = fp_why(tmp_path, {
        "main": f"{ENABLE_FPU}; bl {{spoil}}; bl {{compute}}; vcvt.s32.f32 s1, s0; vmov r0, s1; {LOAD_WILD}",
        "compute": f"{SET_WORD}; vmov.f32 s3, #0.5; vldr s4, [r1]; vdiv.f32 s5, s3, s4; vadd.f32 s0, s5, s3; bx lr",
        "spoil": f"{SET_WORD}; movw r0, #0; movt r0, #0x2f80; str r0, [r1]; bx lr",
    })  # fmt: skip
    shown = [text.partition(" at ")[0] for text in texts[1:]]
    assert shown[0].startswith("compute+0x14") and "computed that number" in shown[0] and "vadd.f32" in texts[1]
    assert (
        shown[1].startswith("compute+0x10") and "vdiv.f32 s5, s3, s4: s3 held 0.5 and s4 held 2.32831e-10" in texts[2]
    )
    assert "loaded that number, s4 held 2.32831e-10, from word" in shown[2]
    assert "spoil+0x" in texts[4]
