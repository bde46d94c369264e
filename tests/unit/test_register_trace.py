"""The register trace: what it holds, checked against single steps, and bytes that nothing but the guest decides."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from support.machines import CODE, Bench, bench

from emulator.cli.main import main
from emulator.engine import register_trace
from emulator.engine.register_trace import CHUNK, PC, XPSR, RegisterTrace, encode
from emulator.errors import ConfigError
from emulator.trace.register_reader import heading, line, read_records

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
HANDLER = 0x800
IT_BLOCKS = """
    movs r0, #3; movs r6, #0
    subs r0, #1; itete ne; movne r1, #1; moveq.w r1, #2; addne r2, r0, #1; moveq r6, #1
    cmp r0, #1; ittt eq; addeq r3, #1; addeq.w r4, r4, #1; addeq r5, #1
    svc #1; cmp r6, #0; beq.n 0x104; wfi; b .
""".strip().replace("\n", ";")


def traced(code: str, steps: int, **options: bool) -> tuple[bytes, Bench]:
    made = bench(handlers={11: HANDLER}, **options)
    made.machine.poke(HANDLER, struct.pack("<HH", 0x3701, 0x4770))  # adds r7, #1; bx lr
    written = bytearray()
    trace = RegisterTrace(made.machine.engine, written.extend)
    made.run(code, steps=steps)
    trace.end()
    return bytes(written), made


def records(data: bytes) -> list[list[int]]:
    return [record for _, record in read_records(io.BytesIO(data))]


def stepped(code: str, steps: int) -> list[list[int]]:
    """Return what single steps of a machine without a trace show."""
    made = bench(handlers={11: HANDLER})
    made.machine.poke(HANDLER, struct.pack("<HH", 0x3701, 0x4770))
    made.run(code, steps=0)
    machine, found = made.machine, []
    regs = machine.registers
    while machine.engine.executed < steps:
        before, shown = machine.engine.executed, [*regs.r, regs.sp, regs.lr, regs.xpsr, regs.pc]
        machine.step()
        if machine.engine.executed > before:
            found.append(shown)
    return found


@pytest.fixture(params=["native", "pure"])
def half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pure":
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    elif register_trace.load() is None:
        pytest.skip("the accelerator was not built")
    return str(request.param)


@pytest.mark.parametrize("audit", [False, True], ids=["fast", "audit"])
def test_every_record_is_what_a_single_step_shows(half: str, audit: bool) -> None:
    data, made = traced(IT_BLOCKS, 45, audit=audit)
    found, executed = records(data), made.machine.engine.executed
    assert len(found) == executed >= 45
    assert found == stepped(IT_BLOCKS, executed)
    assert {record[PC] for record in found} > {HANDLER, HANDLER + 2}
    assert len({record[XPSR] & 0x0600_FC00 for record in found}) > 5


def test_an_instruction_that_faults_is_not_in_the_trace(half: str) -> None:
    made = bench(handlers={3: HANDLER})
    made.machine.poke(HANDLER, b"\xfe\xe7")
    written = bytearray()
    trace = RegisterTrace(made.machine.engine, written.extend)
    made.run("movs r1, #1; ldr r0, [r2]; movs r1, #2", steps=4, r2=0x7000_0000)
    trace.end()
    assert [record[PC] for record in records(bytes(written))] == [CODE, HANDLER, HANDLER, HANDLER]


def test_a_long_run_is_written_in_chunks_and_none_is_lost(half: str) -> None:
    data, _ = traced("movs r0, #0; adds r0, #1; str r0, [r1]; b.n 0x102", 5 * CHUNK + 7)
    found = records(data)
    assert len(found) >= 5 * CHUNK + 7
    assert [record[0] for record in found[1::3]] == list(range(len(found[1::3])))


def test_both_halves_and_both_back_ends_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                             capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    for name in ("stack_isolation", "matrix_l_both_ways", "bare_mpu", "matrix_k_overflow"):
        image, files = str(PREBUILT / f"{name}.elf"), []
        for pure, backend in (("", "fast"), ("1", "fast"), ("", "audit")):
            monkeypatch.setenv("V7M_PURE_PYTHON", pure)
            files.append(tmp_path / f"{name}{pure}{backend}")
            main(["run", image, "--trace-registers", str(files[-1]), "--mpu-backend", backend])
        first, *others = [file.read_bytes() for file in files]
        assert len(first) > 500 and others == [first, first], name


def test_the_reader_starts_and_ends_where_it_is_told() -> None:
    data, _ = traced("movs r0, #0; adds r0, #1; b.n 0x102", 2 * CHUNK)
    part = list(read_records(io.BytesIO(data), CHUNK - 1, 3))
    assert part == list(read_records(io.BytesIO(data)))[CHUNK - 1 : CHUNK + 2]
    assert [number for number, _ in part] == [CHUNK - 1, CHUNK, CHUNK + 1]


def test_a_cut_file_gives_what_it_holds_and_says_so() -> None:
    data, _ = traced("movs r0, #0; adds r0, #1; b.n 0x102", 50)
    with pytest.raises(ConfigError, match="cut short after 0 instructions"):
        list(read_records(io.BytesIO(data[:-3])))
    with pytest.raises(ConfigError, match="not a register trace"):
        list(read_records(io.BytesIO(b"\x7fELF")))
    broken = data[:8] + struct.pack("<II", 9, 4) + b"\xff\xff\xff\xff"
    with pytest.raises(ConfigError, match="damaged"):
        list(read_records(io.BytesIO(broken)))


def test_a_record_names_only_what_changed() -> None:
    first = [*range(16), 0x100]
    second = [*range(16), 0x102]
    third = [0, 99, *range(2, 16), 0x200]
    words = struct.unpack(f"<{18 + 1 + 3}I", encode([first, second, third]))
    assert words[0] == 0x4FFFF and list(words[1:18]) == first
    assert words[18:] == (1 << 16, 1 << 18 | 2, 99, 0x200)


def test_the_command_prints_a_line_an_instruction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, _ = traced("movs r0, #0x42; str r0, [r1]; b .", 3)
    file = tmp_path / "trace"
    file.write_bytes(data)
    assert main(["registers", str(file), "--start", "1", "--count", "1"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == heading()
    assert shown[1:] == [line(1, records(data)[1])] and " 00000102 00000042 " in shown[1]
    assert main(["registers", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_trace_that_cannot_be_written_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = str(PREBUILT / "bare_mpu.elf")
    assert main(["run", image, "--trace-registers", str(tmp_path / "no" / "where")]) == 2
    assert "--trace-registers" in capsys.readouterr().err
