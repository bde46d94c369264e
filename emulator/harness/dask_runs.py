"""Runs cases on the workers of a Dask cluster, and gives their verdicts in the order of the cases.

A task is a parcel of cases of one program. The worker runs it in a child process, so that no case takes a worker down;
a case that kills its child twice, the second time alone, has failed. When a worker goes, Dask gives its tasks to
another one; a task that was on several workers that went is not to be believed guilty, as it may only have been
assigned to them: its cases are sent again, each alone. Results depend on the case only, so that it does not matter
which of two counts.

State: on a worker, its children that wait for the next parcel.
"""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from emulator.annotations import Any
from emulator.errors import ConfigError
from emulator.harness.case import Case
from emulator.harness.case_child import Child, ChildDied
from emulator.harness.case_runs import Workbench, batches_of
from emulator.harness.parcel import Parcel, pack
from emulator.harness.verdict import Verdict
from emulator.program_file import printable
from emulator.version import VERSION

PATIENCE = 60.0
"""Seconds of the host's that the scheduler, and a first worker, may take to answer."""
SHORTLY = 3.0
"""Seconds after which it is said that there is something to wait for."""
LOOK_EVERY = 5.0
MOST_SENT = 256
"""Tasks that are with the scheduler at a time: their programs are in its memory."""

# -- on a worker -------------------------------------------------------------------------------------------------------

_idle: list[Child] = []
_lock = threading.Lock()


def run_parcel(parcel: Parcel, version: str) -> list[Verdict]:
    """Return the verdicts on the parcel's cases. Raises ConfigError where this is another version than the sender's."""
    if version != VERSION:
        raise ConfigError(f"a worker has v7m {VERSION}, this is v7m {version}. Install the same version.")
    verdicts: list[Verdict] = []
    child = _take()
    while len(verdicts) < len(parcel.cases):
        rest = range(len(verdicts), len(parcel.cases))
        try:
            for verdict in child.run(parcel.only(rest)):
                verdicts.append(verdict)
        except ChildDied:
            child, verdict = _confirm(parcel.only([len(verdicts)]))
            verdicts.append(verdict)
    with _lock:
        _idle.append(child)
    return verdicts


def _take() -> Child:
    with _lock:
        return _idle.pop() if _idle else Child()


def _confirm(parcel: Parcel) -> tuple[Child, Verdict]:
    """Run a case that was being run when a child died, alone; return a child that lives, too."""
    child = Child()
    try:
        return child, next(iter(child.run(parcel)))
    except ChildDied as died:
        words = f"The process that ran it was ended {died.words}, twice. Is there enough memory on the worker?"
        return Child(), Verdict(parcel.cases[0], (words,))


@atexit.register
def _close() -> None:
    while _idle:
        _idle.pop().close()


# -- who sends ---------------------------------------------------------------------------------------------------------


def run_cases_by_dask(
    cases: Sequence[Case], address: str, tell: Callable[[str], None] = lambda words: None
) -> Iterator[Verdict]:
    """Yield the verdict of each case, in their order, from the workers of the scheduler at ``address``.

    ``tell`` is called with what there is to wait for, once that lasts. Raises ConfigError where there is no Dask, no
    scheduler or no worker.
    """
    try:
        import distributed
    except ImportError:
        raise ConfigError("--dask needs the package distributed. Install it with pip install 'v7m[dask]'.") from None
    bench = Workbench()
    try:
        with _client(distributed, address, tell) as client:
            yield from _Campaign(distributed, client, cases, bench).verdicts()
    finally:
        bench.close()


def _client(distributed: Any, address: str, tell: Callable[[str], None]) -> Any:
    shown = printable(address, 80)
    limits = f"waiting for it up to {PATIENCE:.0f} s"
    try:
        try:
            client = distributed.Client(address, timeout=min(PATIENCE, SHORTLY), set_as_default=False)
        except (OSError, TimeoutError):
            tell(f"no scheduler at {shown} yet, {limits}")
            client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        reason = printable(" ".join(str(error).split()), 120)
        raise ConfigError(f"--dask: no scheduler at {shown}: {reason}. Start one with dask scheduler.") from None
    try:
        try:
            client.wait_for_workers(1, timeout=min(PATIENCE, SHORTLY))
        except (TimeoutError, distributed.TimeoutError):
            tell(f"the scheduler at {shown} has no worker yet, {limits}")
            client.wait_for_workers(1, timeout=PATIENCE)
    except (TimeoutError, distributed.TimeoutError):
        client.close()
        raise ConfigError(
            f"--dask: the scheduler at {shown} has no worker. Start one with dask worker {shown}."
        ) from None
    return client


class _Campaign:
    """The cases on their way: those that are sent, and the verdicts that came before it was their turn."""

    def __init__(self, distributed: Any, client: Any, cases: Sequence[Case], bench: Workbench) -> None:
        self._distributed = distributed
        self._client = client
        self._cases = cases
        self._found: dict[int, Verdict] = {}
        self._sent: dict[Any, list[int]] = {}
        self._bench = bench
        self._suspects: set[int] = set()

    def verdicts(self) -> Iterator[Verdict]:
        """Yield the verdicts in order."""
        waiting = deque(batches_of(self._cases))
        place = 0
        while place < len(self._cases):
            while waiting and len(self._sent) < MOST_SENT:
                self._send(waiting.popleft())
            while place in self._found:
                yield self._found.pop(place)
                place += 1
            if place < len(self._cases):
                self._wait()

    def _send(self, numbers: list[int]) -> None:
        """Send cases of one program, compiled; those that do not compile have failed."""
        ready = []
        cases = []
        for number in numbers:
            case = self._cases[number]
            try:
                cases.append(case._replace(setup=self._bench.built(case), sources=()))
                ready.append(number)
            except ConfigError as error:
                self._found[number] = Verdict(case, (str(error),))
        if cases:
            self._sent[self._client.submit(run_parcel, pack(cases), VERSION, pure=False)] = ready

    def _wait(self) -> None:
        """Wait until something has come. Raises ConfigError when nothing can."""
        distributed = self._distributed
        try:
            with self._client.as_current():
                done, _ = distributed.wait(list(self._sent), timeout=LOOK_EVERY, return_when="FIRST_COMPLETED")
        except (TimeoutError, distributed.TimeoutError):
            if not self._client.scheduler_info()["workers"]:
                self._wait_for_workers()
            return
        for future in done:
            self._take(future, self._sent.pop(future))

    def _wait_for_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except (TimeoutError, self._distributed.TimeoutError):
            raise ConfigError("--dask: no worker is left. Start one, and run the cases again.") from None

    def _suspect(self, number: int) -> None:
        """Run a case that workers went with alone; one for which that has been done has failed."""
        if number not in self._suspects:
            self._suspects.add(number)
            self._send([number])
            return
        words = "No worker has lived through it: each that had it went. Is there enough memory on the workers?"
        self._found[number] = Verdict(self._cases[number], (words,))

    def _take(self, future: Any, numbers: list[int]) -> None:
        """Keep the verdicts of a task, or send its cases again."""
        if future.status == "cancelled":
            raise ConfigError("--dask: the scheduler is gone. Start it, and run the cases again.")
        error = future.exception()
        if error is None:
            for number, verdict in zip(numbers, future.result(), strict=True):
                self._found[number] = verdict._replace(case=self._cases[number])
        elif isinstance(error, self._distributed.KilledWorker):
            for number in numbers:
                self._suspect(number)
        elif isinstance(error, ConfigError):
            raise ConfigError(f"--dask: {error}")
        else:
            reason = printable(" ".join(f"{type(error).__name__}: {error}".split()), 200)
            raise ConfigError(f"--dask: a worker cannot run cases: {reason}. Is v7m installed there?")
