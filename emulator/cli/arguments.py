"""Command-line arguments: numbers as people write them, and the options that verbs share, as tables.

parser.py makes an argparse parser of the tables. Importing argparse and building one takes a quarter of the time of a
short run, so ``read_plainly`` reads the usual command lines, and leaves to argparse whatever needs more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.annotations import Any
from emulator.errors import ConfigError
from emulator.harness.setup import CHOICES, DEFAULT_BOARD

_COUNTS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}

OptionTable = Mapping[str, Mapping[str, Any]]
"""Options by name, each with the keyword arguments of argparse's add_argument."""


class UsageError(ConfigError):
    """The command line makes no sense; the message is one line that says how to see the options."""


class Options:
    """What a command line says: one attribute an option."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"there is no option {name}")


def count(text: str) -> int:
    """Read a number of instructions: ``5000``, ``2_000_000``, ``50k``, ``10M``, ``1G``."""
    import re

    match = re.fullmatch(r"([0-9][0-9_,]*)([kKmMgG]?)", text)
    if match is None or not int(_digits(match[1])):
        raise _not_an_argument(f"{text!r} is not a number of instructions. Write it as 5000, 50k or 10M")
    return int(_digits(match[1])) * _COUNTS[match[2].lower()]


def _digits(text: str) -> str:
    return text.replace("_", "").replace(",", "")


def seconds(text: str) -> float:
    """Read a time of the host's: ``5``, ``0.5``; at most a year."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 366 * 86400:
        raise _not_an_argument(f"{text!r} is not a time in seconds. Write it as 5 or 0.5")
    return value


def address(text: str) -> int:
    """Read an address: ``0x8000000`` or a decimal number."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 32:
        raise _not_an_argument(f"{text!r} is not an address. Write it as 0x20000000")
    return value


def _not_an_argument(message: str) -> Exception:
    """Return the error that argparse turns into its own, with the option's name in front."""
    from argparse import ArgumentTypeError

    return ArgumentTypeError(message)


COLOR: Mapping[str, Any] = {"choices": ("auto", "always", "never"), "default": "auto"}

TIMEOUT: Mapping[str, Any] = {
    "type": seconds,
    "metavar": "SECONDS",
    "help": "end the run after so much time of yours; exit status 124, what is reported is complete up to there",
}

ISOLATION: Mapping[str, Any] = {
    "--isolate": {
        "nargs": "?",
        "type": str,
        "const": "strict",
        "choices": CHOICES["isolate"],
        "default": "off",
        "metavar": "strict|report",
        "help": "close the stacks of the threads of an image's own kernel to each other: strict ends the run at the "
        "first access to another's (the default), report lets them pass and lists them (docs/isolation.md)",
    },
    "--share": {
        "action": "append",
        "metavar": "WHO:WHOSE:r|rw",
        "help": "with --isolate: thread WHO may use the stack of thread WHOSE (repeatable)",
    },
}

MACHINE_OPTIONS: Mapping[str, OptionTable] = {
    "the machine": {
        "--board": {
            "default": DEFAULT_BOARD,
            "metavar": "NAME",
            "help": f"a board, or a board file (default {DEFAULT_BOARD})",
        },
        "--ram": {"metavar": "SIZE", "help": "RAM of a board that lets it be set: 64K, 16M"},
        "--flash": {"metavar": "SIZE", "help": "flash of a board that lets it be set"},
        "--uart": {"metavar": "TYPE@ADDR:IRQ", "help": "another UART as the console: pl011@0x4000c000:5"},
        "--channel": {
            "metavar": "NAME",
            "help": "which output is the console: uart1, itm0, rtt0, ... (default: the board's)",
        },
        "--imprecise-stores": {
            "action": "store_true",
            "help": "bus errors of stores arrive late, as with a write buffer",
        },
        "--lenient": {"action": "store_true", "help": "absent memory reads as zero instead of a bus fault"},
        "--mpu-backend": {
            "choices": CHOICES["mpu_backend"],
            "default": "fast",
            "help": "audit asks the MPU on every access: slow, same answers",
        },
        "--max-instructions": {
            "type": count,
            "metavar": "N",
            "help": "end after N instructions (50k, 10M); exit status 4",
        },
        "--on-reset": {
            "choices": CHOICES["on_reset"],
            "default": "continue",
            "help": "when the program resets itself",
        },
    },
    "the program": {
        "--load-address": {
            "type": address,
            "action": "append",
            "metavar": "A",
            "help": "where a raw binary goes; once for each",
        },
        "--vector-table": {
            "type": address,
            "metavar": "A",
            "help": "where the core starts, as after a boot loader (default: as the board says)",
        },
        "--symbols": {
            "action": "append",
            "metavar": "FILE",
            "help": "an ELF with the symbols of a program that has none; FILE@OFFSET: of code loaded later, OFFSET "
            "bytes above where it was linked (repeatable)",
        },
        "--os": {
            "choices": CHOICES["os"],
            "default": "auto",
            "help": "whose threads a program has that is not built with v7m cc (docs/kernels.md; default: as its "
            "symbols say)",
        },
        "--input": {"metavar": "FILE", "help": "what the program reads from its console; - is this terminal"},
        "--input-when": {
            "default": "enabled",
            "metavar": "WHEN",
            "help": "when that comes: enabled (at once), asked, or prompt=TEXT, a line for each TEXT it shows",
        },
        "--semihosting-root": {
            "metavar": "DIR",
            "help": "semihosting's files are those below DIR (default: in memory)",
        },
    },
    "programs built with v7m cc": {
        "--mode": {
            "choices": CHOICES["mode"],
            "default": "strict",
            "help": "kernel-opens: the kernel may use the stacks of threads it wakes, and objects on any thread's",
        },
        "--unprivileged": {"action": "store_true", "help": "run threads unprivileged"},
    },
}
"""Which machine runs the program, and how, by the titles of the help's groups."""


def read_plainly(arguments: list[str], own: OptionTable) -> Options | None:
    """Return what argparse makes of ``arguments``, or None where it has to be asked: for help, errors, --args, ...

    Understood are files in one row, and options written out, of which each value is a text, each given once. ``own``
    are the verb's.
    """
    table: dict[str, Mapping[str, Any]] = {**own}
    for group in MACHINE_OPTIONS.values():
        table.update(group)
    values = {_attribute(name): _default(option) for name, option in table.items()}
    programs: list[str] = []
    given: set[str] = set()
    row_ended = False
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            if row_ended:
                return None
            programs.append(word)
            continue
        row_ended = bool(programs)
        option = table.get(word, {"type": None})
        if option.get("action") == "store_true":
            values[_attribute(word)] = True
            continue
        value = next(words, "-")
        if value.startswith("-") or "type" in option or value not in option.get("choices", (value,)) or word in given:
            return None
        given.add(word)
        values[_attribute(word)] = [value] if option.get("action") == "append" else value
    return Options(programs=programs, args=[], **values) if programs else None


def _attribute(name: str) -> str:
    return name[2:].replace("-", "_")


def _default(option: Mapping[str, Any]) -> Any:
    return option.get("default", False if option.get("action") == "store_true" else None)


def read_options(arguments: list[str], own: OptionTable, make_parser: Callable[[], Any]) -> Options:
    """Return the options of a verb that runs programs. Raises UsageError.

    ``make_parser`` returns its parser (parser.program_parser with ``own``), for the command lines that need it.
    """
    options = read_plainly(arguments, own)
    if options is None:
        options = Options()
        make_parser().parse_args(arguments, namespace=options)
    return options
