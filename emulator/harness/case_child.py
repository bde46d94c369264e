"""A process that runs cases for another one: whatever a case does to it, the other one lives.

    python -m emulator.harness.case_child

reads parcels from its standard input and writes a verdict for each of their cases, in their order, as soon as it is
known; both as a length of eight bytes and a pickle. It ends with its input. Machines stay for the next parcel that has
the same files. State: the directory that parcels are unpacked in, and what is in it.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

from emulator.annotations import Any
from emulator.harness.case_runs import Workbench
from emulator.harness.parcel import Parcel, sent_back, unpack
from emulator.harness.verdict import Verdict

_LENGTH = struct.Struct("<Q")
MOST_FILES = 4096
"""Files that are kept unpacked."""


class ChildDied(Exception):
    """The process ended before it had a verdict on a case; ``status`` as subprocess has it: a signal is negative."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    @property
    def words(self) -> str:
        """How it ended."""
        return f"by signal {-self.status}" if self.status < 0 else f"with status {self.status}"


class Child:
    """The process, as who started it sees it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "emulator.harness.case_child"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def run(self, parcel: Parcel) -> Iterator[Verdict]:
        """Yield the verdicts. Raises ChildDied."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            _write(self._process.stdin, pickle.dumps(parcel))
        for case in parcel.cases:
            answer = _read(self._process.stdout)
            if answer is None:
                self.close()
                raise ChildDied(self._process.returncode)
            verdict: Verdict = pickle.loads(answer)
            yield verdict._replace(case=case)

    def close(self) -> None:
        """Let it end, and wait for that."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _write(file: Any, data: bytes) -> None:
    file.write(_LENGTH.pack(len(data)) + data)
    file.flush()


def _read(file: Any) -> bytes | None:
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(head)[0]
    data = file.read(size)
    return data if len(data) == size else None


# -- within the process ------------------------------------------------------------------------------------------------


class _Room:
    """A directory with unpacked files, and the workbench that uses them."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="v7m-cases-", ignore_cleanup_errors=True)
        self.root = os.path.realpath(self._folder.name)
        self.bench = Workbench()
        self._digests: dict[str, bytes] = {}

    def fits(self, parcel: Parcel) -> bool:
        """Whether its files can be beside those that are there: none is another one by the same name, or gone."""
        digests = {path: sha256(contents).digest() for path, contents in parcel.files.items()}
        if any(self._digests.get(path, digest) != digest for path, digest in digests.items()):
            return False
        self._digests |= digests
        return len(self._digests) <= MOST_FILES

    def close(self) -> None:
        self.bench.close()
        os.chdir("/")
        self._folder.cleanup()


def main() -> None:
    """Serve parcels until there are no more."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    room = _Room()
    try:
        while (data := _read(source)) is not None:
            parcel: Parcel = pickle.loads(data)
            if not room.fits(parcel):
                room.close()
                room = _Room()
                room.fits(parcel)
            cases = unpack(parcel, room.root)
            for moved, case in zip(cases, parcel.cases, strict=True):
                verdict = sent_back(room.bench.verdict(moved), case, room.root)
                _write(answers, pickle.dumps(verdict))
    except BrokenPipeError:
        pass  # nobody waits for the answer any more
    finally:
        room.close()


if __name__ == "__main__":
    main()
