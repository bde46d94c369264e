"""argparse as the verbs use it: errors are raised in one line, and options come from the tables of arguments.py."""

from __future__ import annotations

import argparse
import re

from emulator.annotations import NoReturn
from emulator.cli.arguments import MACHINE_OPTIONS, OptionTable, UsageError


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


def program_parser(prog: str, description: str, epilog: str, programs: str, options: OptionTable) -> Parser:
    """Return the parser of a verb that runs programs: its own ``options``, and those of the machine.

    ``programs`` is the help of the FILE arguments.
    """
    parser = Parser(prog, description, epilog)
    parser.add_argument("programs", nargs="+", metavar="FILE", help=programs)
    for name, option in options.items():
        parser.add_argument(name, **option)
    for title, table in MACHINE_OPTIONS.items():
        group = parser.add_argument_group(title)
        for name, option in table.items():
            group.add_argument(name, **option)
    parser.add_argument(
        "--args",
        nargs=argparse.REMAINDER,
        default=[],
        metavar="...",
        help="the program's own arguments: everything after this",
    )
    return parser
