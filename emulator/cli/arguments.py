"""Command-line arguments: one line of error each, numbers as people write them, and the options that verbs share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from emulator.errors import ConfigError

DEFAULT_BOARD = "mps2-an386"
_COUNTS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


class UsageError(ConfigError):
    """The command line makes no sense; the message is one line that says how to see the options."""


class _Once(argparse.Action):
    """Stores a value; an option that is given twice is an error: nobody means both."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store ``values``. Raises ArgumentError when a value was given before."""
        given = vars(namespace).setdefault("given", set())
        if option_string is not None and self.dest in given:
            raise argparse.ArgumentError(self, "given twice; give it once")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """argparse, but an error is raised, not printed, and no option may be abbreviated or given twice."""

    def __init__(self, prog: str, description: str, epilog: str = "") -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.register("action", None, _Once)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        message = re.sub(r"^argument ([^:]+): ", r"\1: ", message)
        raise UsageError(f"{message}. See {self.prog} --help.")


def count(text: str) -> int:
    """Read a number of instructions: ``5000``, ``2_000_000``, ``50k``, ``10M``, ``1G``."""
    match = re.fullmatch(r"([0-9][0-9_,]*)([kKmMgG]?)", text)
    if match is None or not int(_digits(match[1])):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of instructions. Write it as 5000, 50k or 10M")
    return int(_digits(match[1])) * _COUNTS[match[2].lower()]


def _digits(text: str) -> str:
    return text.replace("_", "").replace(",", "")


def address(text: str) -> int:
    """Read an address: ``0x8000000`` or a decimal number."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 32:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address. Write it as 0x20000000")
    return value


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which machine runs the program, and how."""
    machine = parser.add_argument_group("the machine")
    option: Callable[..., object] = machine.add_argument
    option("--board", default=DEFAULT_BOARD, metavar="NAME", help=f"a board, or a board file (default {DEFAULT_BOARD})")
    option("--ram", metavar="SIZE", help="RAM of a board that lets it be set: 64K, 16M")
    option("--flash", metavar="SIZE", help="flash of a board that lets it be set")
    option("--uart", metavar="TYPE@ADDR:IRQ", help="another UART as the console: pl011@0x4000c000:5")
    option("--channel", metavar="NAME", help="which output is the console: uart1, itm0, ... (default: the board's)")
    option("--imprecise-stores", action="store_true", help="bus errors of stores arrive late, as with a write buffer")
    option("--lenient", action="store_true", help="absent memory reads as zero instead of a bus fault")
    option(
        "--mpu-backend",
        choices=("fast", "audit"),
        default="fast",
        help="audit asks the MPU on every access: slow, same answers",
    )
    option("--max-instructions", type=count, metavar="N", help="end after N instructions (50k, 10M); exit status 4")
    option("--on-reset", choices=("continue", "stop"), default="continue", help="when the program resets itself")
    program = parser.add_argument_group("the program")
    option = program.add_argument
    option(
        "--load-address",
        type=address,
        action="append",
        metavar="A",
        help="where a raw binary goes; once for each",
    )
    option("--symbols", metavar="FILE", help="an ELF with the symbols of a program that has none")
    option("--input", metavar="FILE", help="what the program reads from its console; - is this terminal")
    option("--semihosting-root", metavar="DIR", help="semihosting's files are those below DIR (default: in memory)")
    rtems = parser.add_argument_group("programs built with v7m cc")
    option = rtems.add_argument
    option(
        "--mode",
        choices=("strict", "kernel-opens"),
        default="strict",
        help="kernel-opens: the kernel may copy into the stacks of threads it wakes",
    )
    option("--unprivileged", action="store_true", help="run threads unprivileged")


def add_args_option(parser: argparse.ArgumentParser) -> None:
    """Add --args, which takes all that follows it."""
    parser.add_argument(
        "--args",
        nargs=argparse.REMAINDER,
        default=[],
        metavar="...",
        help="the program's own arguments: everything after this",
    )
