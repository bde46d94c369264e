"""Scripts of what happens from outside: when, how often, what, in both halves the same, and in the trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.small_programs import build_elf, exit_with

import v7m
from emulator.cli.main import main
from emulator.errors import ConfigError

ENABLE = "movw r4, #0xE100\n movt r4, #0xE000\n mov r5, #0xFFFFFFFF\n str r5, [r4]\n"
"""All of the first 32 interrupts."""
COUNT = "mov r5, #0x20000000\n ldr r6, [r5]\n adds r6, #1\n str r6, [r5]\n bx lr"
"""A handler that counts in the word at 0x20000000."""
BOARD = """extends = "generic"
[[device]]
type = "registers"
name = "PORT"
address = 0x4001_0000
size = 0x100
interrupt = "ISR.0 & IER.0"
irqs = { interrupt = 3 }
[device.registers]
IDR = { offset = 0x00, writable = 0 }
ISR = { offset = 0x04, one_clears = 1, rules = ".0 set by IDR.5" }
IER = { offset = 0x08 }
"""


class World:
    """A program, a board and a script, in a directory."""

    def __init__(self, path: Path) -> None:
        self.elf, self.board, self.script = path / "a.elf", path / "own.toml", path / "script.toml"
        self.board.write_text(BOARD)

    def program(self, code: str, handlers: dict[int, str] | None = None) -> None:
        self.elf.write_bytes(build_elf(code, handlers=handlers))

    def run(self, script: str, **options: Any) -> v7m.Result:
        self.script.write_text("".join(f"[[stimulus]]\n{entry}\n" for entry in script.split("---")))
        return v7m.run(self.elf, board=self.board, stimulus=self.script, max_instructions=20_000, **options)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def given(result: v7m.Result) -> list[tuple[int, str, str]]:
    return [(line["t"], line["name"], line["what"]) for line in result.trace if line["kind"] == "stimulus"]


HIGH = "at = 300\nline = 7\nlevel = 1"
WAIT = ENABLE + "mov r5, #0x20000000\n movs r6, #0\n str r6, [r5]\nloop: ldr r6, [r5]\n cmp r6, #{count}\n bne loop\n"


def test_interrupts_at_a_time_and_again(world: World) -> None:
    world.program(WAIT.format(count=3) + exit_with(0), {16 + 7: COUNT})
    result = world.run("at = 500\nevery = 1000\ninterrupt = 7\nname = 'beat'", trace=True)
    assert result.exit_status == 0
    happened = given(result)
    assert [(name, what) for _, name, what in happened] == [("beat", "interrupt 7")] * 3
    assert 500 <= happened[0][0] < 510 and 1000 <= happened[2][0] - happened[1][0] < 1010


def test_a_count_ends_what_happens_again(world: World) -> None:
    world.program(WAIT.format(count=3) + exit_with(0), {16 + 7: COUNT})
    assert world.run("at = 500\nevery = 100\ncount = 2\ninterrupt = 7").exit_status == 4


def test_a_place_that_is_reached(world: World) -> None:
    code = ENABLE + "movs r7, #0\nloop: adds r7, #1\n nop\n cmp r7, #10\n bne loop\n"
    world.program(code + exit_with(5), {16 + 2: COUNT})
    place = 0x110  # loop
    result = world.run(f"reached = {place}\nskip = 3\ncount = 2\ninterrupt = 2", trace=True)
    taken = [line["t"] for line in result.trace if line["kind"] == "exception"]
    assert (len(given(result)), len(taken), result.exit_code) == (2, 2, 5)
    assert world.run("reached = 'main'\ninput = 'x'", trace=True).trace[2]["what"] == "1 bytes of input for uart0"


def test_a_register_that_is_read(world: World) -> None:
    code = ENABLE + "movw r1, #0x0000\n movt r1, #0x4001\nloop: ldr r2, [r1]\n cmp r2, #0\n beq loop\n"
    world.program(code + exit_with(0))
    result = world.run('read = "PORT_IDR"\nskip = 4\nregister = "PORT_IDR"\nvalue = 6\nmask = 2', trace=True)
    assert (result.exit_status, given(result)[0][2]) == (0, "PORT_IDR is 0x2 in 0x2")
    assert result.instructions < 100
    assert world.run(f"read = {0x4001_0000}\ndelay = 5000\nregister = {0x4001_0000}\nvalue = 1").instructions > 5000


def test_what_follows_a_register_follows_and_interrupts(world: World) -> None:
    code = "movw r1, #0x0000\n movt r1, #0x4001\n movs r2, #1\n str r2, [r1, #8]\n"
    world.program(code + WAIT.format(count=1) + exit_with(0), {16 + 3: "movs r2, #1\n str r2, [r1, #4]\n" + COUNT})
    assert world.run('at = 300\nregister = "PORT_IDR"\nvalue = 0x20').exit_status == 0


def test_a_register_of_another_device_reads_so(world: World) -> None:
    world.program("movw r1, #0x4004\n movt r1, #0x4000\nloop: ldrb r2, [r1]\n tst r2, #2\n beq loop\n" + exit_with(0))
    result = world.run(f"at = 700\nregister = {0x4000_4004}\nvalue = 2\nmask = 2", trace=True)
    assert (result.exit_status, result.instructions > 700) == (0, True)


def test_a_line_stays_high(world: World) -> None:
    world.program(WAIT.format(count=5) + exit_with(0), {16 + 7: COUNT})
    taken = []
    for script in (HIGH, f"{HIGH}\n---\nat = 310\nline = 7\nlevel = 0"):
        result = world.run(script, trace=True)
        taken.append(sum(line["kind"] == "return" for line in result.trace))  # tail chains
    assert taken[0] > 1000 and 1 <= taken[1] < 5


def test_input_and_pins(world: World, tmp_path: Path) -> None:
    uart = "movw r1, #0x4000\n movt r1, #0x4000\n movs r2, #16\n str r2, [r1, #16]\n movs r2, #3\n str r2, [r1, #8]\n"
    uart += "loop: ldr r2, [r1, #4]\n tst r2, #2\n beq loop\n ldr r2, [r1]\n str r2, [r1]\n cmp r2, #33\n bne loop\n"
    world.program(uart + exit_with(0))
    assert world.run("at = 2000\ninput = 'hello!'").console == "hello!"
    world.board = tmp_path / "gpio.toml"
    world.board.write_text('extends = "mps2-an386"\n')
    gpio = "movw r1, #0x0000\n movt r1, #0x4001\nloop: ldr r2, [r1]\n cmp r2, #5\n bne loop\n"
    world.program(gpio + exit_with(0))
    assert world.run("at = 100\npins = 'gpio0'\nvalue = 0xf5\nmask = 0x0f").exit_status == 0


@pytest.mark.parametrize("channel", ["", "\nchannel = 'uart0'", "\nchannel = 'console'"])
def test_semihosting_reads_what_the_console_is_given(world: World, channel: str) -> None:
    read = "movs r0, #7\n bkpt 0xab\n cmp r0, #33\n bne .\n"  # SYS_READC
    world.program("movw r3, #500\nwait: subs r3, #1\n bne wait\n" + read + exit_with(0))
    assert world.run("at = 100\ninput = '!'" + channel).exit_status == 0


def test_every_run_of_both_halves_is_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = WAIT.format(count=6).replace("loop: ", "movw r1, #0x0000\n movt r1, #0x4001\nloop: ldr r2, [r1]\n")
    world.program(code + exit_with(0), {16 + 7: COUNT, 16 + 3: COUNT})
    script = "at = 500\nevery = 333\ninterrupt = 7\n---\nread = 'PORT_IDR'\nskip = 100\ninterrupt = 3\n---\n"
    script += f"reached = {0x240}\ninterrupt = 3\ncount = 2"
    traces = []
    for pure in ("", "1"):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        world.run(script)
        with v7m.Machine(world.elf, board=world.board, stimulus=world.script) as machine:
            traces += [machine.run(max_instructions=20_000, trace=True).trace_text for _ in range(2)]
    assert len(set(traces)) == 1
    assert traces[0].count('"stimulus"') > 4


def test_a_test_case_has_a_script(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.program(WAIT.format(count=2) + exit_with(0), {16 + 7: COUNT})
    (tmp_path / "script.toml").write_text("[[stimulus]]\nat = 100\nevery = 100\ninterrupt = 7\n")
    (tmp_path / "test_it.toml").write_text('program = "a.elf"\nboard = "own.toml"\nstimulus = "script.toml"\n')
    assert main(["test", str(tmp_path)]) == 0
    assert main(["run", str(world.elf), "--board", str(world.board), "--stimulus", str(tmp_path / "script.toml")]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("interrupt = 1", "stimulus 1: one of at, reached, read says when it happens. Give one of them."),
        ("at = 1", "stimulus 1: one of interrupt, line, register, pins, input says what happens."),
        ("at = -1\ninterrupt = 1", "stimulus 1: at: must be a number from 0 on, not -1"),
        (
            "at = 1\ninterrupt = 1\nvalue = 1",
            "stimulus 1: value: is of register and pins, not of interrupt. Leave it out.",
        ),
        (
            "at = 1\ninput = 'x'\nchannel = 'usart9'",
            "stimulus 1: no device has a channel 'usart9'. The board's are: uart0.",
        ),
        ("at = 1\ninput = 'x'\nchannel = 'itm0'", "stimulus 1: no device has a channel 'itm0'"),
        ("at = 1\ninterrupts = 1", "stimulus 1: interrupts: unknown key. Did you mean 'interrupt'?"),
        ("at = 1\nregister = 'X'", "stimulus 1: value: is missing"),
        ("at = 1\nregister = 'X'\nvalue = 1", "stimulus 1: the board declares no register 'X'. Give its address"),
        ("at = 1\npins = 'X'\nvalue = 1", "stimulus 1: the board has no device 'X' with pins"),
        ("at = 1\ninterrupt = 200", "stimulus 1: there is no interrupt 200: the board has 64"),
        ("reached = 'X'\ninterrupt = 1", "stimulus 1: a.elf has no symbol 'X'. Check the name."),
        ("at = 1\nline = 1", "stimulus 1: level: must be 0 or 1"),
        ("at = 1\nevery = 0\ninterrupt = 1", "stimulus 1: every: is how long after at"),
        ("at = 1 1", "not TOML"),
    ],
)
def test_a_mistake_is_one_line(world: World, script: str, message: str) -> None:
    world.program("b .")
    with pytest.raises(ConfigError) as error:
        world.run(script)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
