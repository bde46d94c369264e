"""v7m registers: print the register trace that v7m run --trace-registers wrote."""

from __future__ import annotations

import argparse
import re
from itertools import chain
from pathlib import Path

from emulator.cli.arguments import count
from emulator.cli.parser import Parser
from emulator.errors import ConfigError
from emulator.program_file import printable, shown_path
from emulator.trace.register_reader import heading, line, read_records

EPILOG = """\
One line an executed instruction, with the registers before it. Instruction 0 is the first after power-up; the numbers
are those of docs/trace.md. The xPSR shows the ITSTATE that the instruction executes with."""


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError."""
    parser = Parser("v7m registers", "Print a file that v7m run --trace-registers wrote.", EPILOG)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--start", type=_start, default=0, metavar="N", help="the first instruction (default 0)")
    parser.add_argument("--count", type=count, metavar="N", help="how many instructions (default: all)")
    options = parser.parse_args(arguments)
    try:
        with Path(options.file).open("rb") as file:
            records = read_records(file, options.start, options.count)
            first = next(records, None)  # an error comes before the heading
            print(heading())
            for number, record in chain(filter(None, (first,)), records):
                print(line(number, record))
    except ConfigError as error:
        raise ConfigError(f"{shown_path(options.file)}: {error}") from None
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise  # of stdout
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(f"{shown_path(options.file)} cannot be read: {printable(reason)}. Check the path.") from None
    return 0


def _start(text: str) -> int:
    if re.fullmatch(r"[0_,]+", text):
        return 0
    try:
        return count(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an instruction's number. Write it as 0, 5000 or 10M"
        ) from None
