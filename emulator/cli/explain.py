"""v7m explain: what a core file, a report, a fault dump of hardware, or values of registers say."""

from __future__ import annotations

import sys
from pathlib import Path

from emulator.annotations import TYPE_CHECKING
from emulator.cli.arguments import COLOR
from emulator.cli.terminal import choose_paint
from emulator.errors import ConfigError
from emulator.explain.explanation import Evidence, Program, explain, is_program
from emulator.explain.findings import read_value
from emulator.harness.exit_status import SUCCESS
from emulator.program_file import EVIDENCE, LARGEST_FILE, read_program_file, shown_path

if TYPE_CHECKING:
    from emulator.cli.parser import Parser
    from emulator.image.image import Image

EPILOG = """\
  v7m explain main.core                                  a core file: v7m run --core main.core
  v7m explain report.json                                a report: v7m run --report json --report-file report.json
  v7m explain console.log main.elf                       a fault dump of Zephyr, RTEMS, Mbed OS, a handler of your own
  v7m explain - main.elf                                 the same, pasted
  v7m explain CFSR=0x8200 HFSR=0x40000000 BFAR=0x40100000 pc=0x5f0 lr=0x603 main.elf
  v7m explain CFSR=0x82 MMFAR=0x20008000 RBAR0=0x20000000 RASR0=0x1304001f EXC_RETURN=0xfffffffd

Registers have the manual's names: CFSR or MMFSR, BFSR, UFSR; HFSR DFSR MMFAR BFAR SHCSR CCR CPACR ICSR MPU_CTRL RBARn
RASRn; CONTROL EXC_RETURN PRIMASK BASEPRI FAULTMASK; r0-r12 sp lr pc xPSR, as stacked. docs/explain.md says more.

exit status: 0 it is explained, 2 a file is none of these, or is cut short."""

STDIN = "-"


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import Parser

    parser = Parser("v7m explain", "Explain a fault without running anything.", EPILOG)
    parser.add_argument(
        "words", nargs="+", metavar="FILE|NAME=VALUE", help="what tells of the fault, and the program's ELF for names"
    )
    parser.add_argument("--color", **COLOR, help="colour the explanation of a core file or a report")
    return parser


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = make_parser().parse_args(arguments)
    values: list[tuple[str, int]] = []
    evidence: Evidence | None = None
    program: Program | None = None
    for word in options.words:
        value = None if _is_file(word) else read_value(word)
        if value is not None:
            values.append(value)
            continue
        data = sys.stdin.buffer.read(LARGEST_FILE) if word == STDIN else read_program_file(word, EVIDENCE)
        if is_program(data):
            _refuse_second(program, word)
            program = Program(word, data, _load(word))
        else:
            _refuse_second(evidence, word)
            evidence = Evidence("stdin" if word == STDIN else word, data)
    if evidence is None and not values:
        raise ConfigError(
            f"{shown_path(options.words[0])} is a program. Give a core file, a report, a dump or values, too."
        )
    text = explain(evidence, values, program, choose_paint(options.color, sys.stdout))
    sys.stdout.write(text)
    return SUCCESS


def _is_file(word: str) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def _refuse_second(found: Evidence | Program | None, word: str) -> None:
    if found is not None:
        raise ConfigError(f"{shown_path(word)}: {shown_path(found.name)} is of the same kind. Give one of them.")


def _load(name: str) -> Image:
    from emulator.image.loader import load_images

    return load_images([Path(name)])[0]
