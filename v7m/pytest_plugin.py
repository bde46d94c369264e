"""The pytest plugin of v7m: cases in TOML as test items, and fixtures to run programs. docs/ci.md shows both.

Nothing of the machine is imported before the first case or fixture that needs it: every pytest run loads this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.harness.case import Case
    from emulator.harness.case_runs import Workbench
    from emulator.harness.verdict import Verdict
    from v7m import Result

UPDATE = "--update-golden"
_BENCH = pytest.StashKey["Workbench"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --update-golden."""
    group = parser.getgroup("v7m", "Cortex-M programs")
    group.addoption(UPDATE, action="store_true", help="write the golden traces of v7m's cases and fixtures anew")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect test_*.toml and *_test.toml."""
    if file_path.suffix != ".toml" or not (file_path.stem.startswith("test_") or file_path.stem.endswith("_test")):
        return None
    collector: pytest.Collector = CaseFile.from_parent(parent, path=file_path)
    return collector


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the machines."""
    bench = config.stash.get(_BENCH, None)
    if bench is not None:
        bench.close()


def workbench(config: pytest.Config) -> Workbench:
    """Return the machines of this process, which start again from a snapshot for each case."""
    bench = config.stash.get(_BENCH, None)
    if bench is None:
        from emulator.harness.case_runs import Workbench

        bench = config.stash[_BENCH] = Workbench()
    return bench


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield an item a case."""
        from emulator.errors import ConfigError
        from emulator.harness.case import read_cases

        try:
            cases = read_cases(self.path)
        except ConfigError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            # JUnit XML cannot hold "::" in a name, nor brackets that are not at its end.
            name = case.name.replace("::", ".").replace("[", "(").replace("]", ")")
            yield CaseItem.from_parent(self, name=name, case=case)


class CaseFailed(Exception):
    """A run was not what its case expects."""


class CaseItem(pytest.Item):
    """A case."""

    def __init__(self, *, case: Case, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._case = case

    def runtest(self) -> None:
        """Run the case, and raise CaseFailed when it is not as expected."""
        verdict = workbench(self.config).verdict(self._case, update=self.config.getoption(UPDATE))
        self.user_properties += _properties(verdict)
        if verdict.console:
            self.add_report_section("call", "console", verdict.console)
        if not verdict.has_passed:
            raise CaseFailed(_message(verdict.failures, verdict.report))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong, not where in this plugin it was found."""
        if isinstance(excinfo.value, CaseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the case is written."""
        return self.path, 0, self.name


def _properties(verdict: Verdict) -> list[tuple[str, object]]:
    found = [("outcome", verdict.outcome), ("headline", verdict.headline), ("board", verdict.case.setup.board)]
    return [*found, ("instructions", str(verdict.instructions))]


def _message(failures: Iterable[str], report: str) -> str:
    return "\n".join([*failures, "", report]).rstrip()


# -- fixtures ----------------------------------------------------------------------------------------------------------


class Firmware:
    """Builds and runs programs for one test. Paths are relative to the directory of the test's file."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request = request
        self._config = request.config
        self.directory = request.path.parent
        """Where the test's file is."""
        self._folder = folder

    def build(self, *sources: str | Path, flags: Iterable[str] = ("-g", "-O2")) -> Path:
        """Compile ``sources`` as ``v7m cc`` does and return the program. Fails the test where they do not compile."""
        from emulator.errors import EmulatorError
        from emulator.harness.case_runs import compile_sources

        program = self._folder / f"{Path(sources[0]).stem}.elf"
        try:
            compile_sources(tuple(map(str, sources)), tuple(flags), self.directory, program)
        except EmulatorError as error:
            pytest.fail(str(error), pytrace=False)
        return program

    def run(self, program: str | Path, input: bytes | str = b"", **options: Any) -> Run:
        """Run ``program`` to its end with ``input`` on its console. ``options``: see v7m.Machine and Machine.run.

        The run keeps its trace, and ends after 100 million instructions if nothing ends it before.
        """
        from emulator.errors import EmulatorError
        from emulator.harness.case import BUDGET
        from emulator.harness.machine import setup_of

        limits = {"max_instructions": BUDGET, **_taken(options, ("max_instructions", "trace_filter"))}
        try:
            machine = workbench(self._config).machine(setup_of(self.directory / program, options))
            result = machine.run(input, trace=True, **limits)
        except EmulatorError as error:
            pytest.fail(str(error), pytrace=False)
        self._request.node.user_properties += [("outcome", result.outcome), ("headline", result.headline)]
        self._request.node.add_report_section("call", "console", result.console)
        return Run(result, self.directory, update=self._config.getoption(UPDATE))


class Run:
    """A run that has ended: what its Result has, and expectations, each of which fails the test in words."""

    def __init__(self, result: Result, directory: Path, update: bool) -> None:
        self.result = result
        self._directory = directory
        self._update = update

    def __getattr__(self, name: str) -> Any:
        return getattr(self.result, name)

    def expect_success(self) -> None:
        """The program ended with success."""
        self.expect_outcome("success")

    def expect_outcome(self, outcome: str) -> None:
        """The run ended so: ``success``, ``failure``, ``fault``, ``deadlock``, ..."""
        if self.result.outcome != outcome:
            self._fail([f"Expected the outcome {outcome}, not {self.result.outcome}: {self.result.headline}"])

    def expect_fault(self, **expected: str) -> None:
        """The run ended by a fault with this ``kind``, ``cause``, ``thread``, ``owner``, ``symbol``, ``access``."""
        from emulator.harness.case import FAULT_KEYS, FAULT_VALUES
        from emulator.harness.verdict import fault_failures

        unknown = sorted(set(expected) - set(FAULT_KEYS))
        if unknown:
            raise TypeError(f"expect_fault() has no argument {unknown[0]!r}. There are {', '.join(FAULT_KEYS)}.")
        for key, values in FAULT_VALUES.items():
            if expected.get(key, values[0]) not in values:
                raise ValueError(f"expect_fault({key}={expected[key]!r}) must be one of {', '.join(values)}.")
        if self.result.fault is None:
            self._fail([f"Expected a fault; the run ended with the outcome {self.result.outcome}."])
        self._fail(fault_failures(self.result.fault, expected))

    def expect_console(self, *texts: str) -> None:
        """The console has these texts in this order."""
        from emulator.harness.verdict import console_failures

        self._fail(console_failures(self.result.console, texts))

    def expect_golden(self, name: str) -> None:
        """The trace says what the golden trace ``name`` says; with --update-golden it is written."""
        from emulator.harness.verdict import golden_failures, update_golden

        path = self._directory / name
        if self._update:
            update_golden(path, self.result.trace_text)
        else:
            self._fail(golden_failures(path, self.result.trace_text, UPDATE))

    def _fail(self, failures: Iterable[str]) -> None:
        told = list(failures)
        if told:
            pytest.fail(_message(told, self.result.text), pytrace=False)


@pytest.fixture
def firmware(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firmware]:
    """Builds and runs programs: ``firmware.build("main.c")``, ``firmware.run(program, input="...")``."""
    yield Firmware(request, tmp_path_factory.mktemp("firmware"))


def _taken(options: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Take ``names`` out of ``options``."""
    return {name: options.pop(name) for name in names if name in options}
