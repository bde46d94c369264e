"""v7m run --coverage: which lines a run executed, written when it has ended, however it did."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from emulator.cli.arguments import Options
from emulator.cli.output_file import OutputFile
from emulator.cli.terminal import write_diagnostics
from emulator.exports.lcov import add_coverage, read_lcov, write_lcov
from emulator.harness.program_coverage import ProgramCoverage
from emulator.harness.session import Session
from emulator.program_file import COVERAGE, read_program_file, shown_path


def begin_coverage(stack: ExitStack, options: Options, session: Session, taken: list[str]) -> None:
    """Count from now on; ``stack`` writes the file of ``options`` at its end. Raises ConfigError and ImageError.

    ``taken`` are the files that are used already. With --coverage-add the counts of the file that is there are kept.
    """
    name = options.coverage
    adds = options.coverage_add
    if adds and Path(name).exists():  # what is no coverage costs no run
        read_lcov(read_program_file(name, COVERAGE, may_be_empty=True), shown_path(name))
    counted = ProgramCoverage(session.machine, Path(options.programs[0]).parent)
    file = stack.enter_context(OutputFile(name, "--coverage", taken, keeps=adds))
    taken.append(name)

    def added(data: bytes) -> str:
        coverage = read_lcov(data, shown_path(name))
        add_coverage(coverage, counted.coverage())
        return write_lcov(coverage)

    def write() -> None:
        if adds:
            file.replace(added)
        else:
            file.write(write_lcov(counted.coverage()))
        if counted.left_out:
            words = f"{counted.left_out:,} blocks of code that the program made while it ran are not in the coverage"
            write_diagnostics(f"v7m: {words}.\n")

    stack.callback(write)
