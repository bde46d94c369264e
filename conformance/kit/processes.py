"""Child processes that always end: with their group, at a time limit, after too much output, and at Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from kit.errors import KitError

MOST_OUTPUT = 1 << 20
"""Bytes that a child may print: the longest console of the kit has a few thousand."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a child left. ``status`` is None where it was ended, for the reason ``ended``; a signal is negative."""

    output: bytes
    errors: bytes
    status: int | None
    ended: str = ""


@contextlib.contextmanager
def child(command: Sequence[str], stdout: int, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a process group of its own, which is killed on the way out, whatever the way is.

    Raises KitError when the command is not there.
    """
    with _started(command, stdout, stderr) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _started(command: Sequence[str], stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True)
    except OSError as error:
        raise KitError(f"{command[0]} cannot be started: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a child does before its time counts: until it prints ``mark`` it has ``seconds``."""

    mark: bytes
    seconds: float


def run(command: Sequence[str], seconds: float, grace: float = 0, beginning: Beginning | None = None) -> Finished:
    """Run a command to its end, or for ``seconds``.

    With ``grace`` it is sent SIGINT at the time limit and has so many seconds more. Raises KitError when it is not
    there.
    """
    with child(command, subprocess.PIPE, subprocess.PIPE) as process:
        received = (bytearray(), bytearray())
        ended = ""
        if beginning:
            ended = _read(process, received, beginning.seconds, beginning.mark)
        if not ended:
            ended = _read(process, received, seconds)
        if ended and grace:
            process.send_signal(signal.SIGINT)
            _read(process, received, grace)
        status = None if ended else process.wait()
    return Finished(bytes(received[0]), bytes(received[1]), status, ended)


def _read(
    process: subprocess.Popen[bytes], received: tuple[bytearray, bytearray], seconds: float, mark: bytes = b""
) -> str:
    """Read both streams to their ends, or to a mark; the words say why it stopped earlier."""
    deadline = monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for stream, into in zip((process.stdout, process.stderr), received, strict=True):
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ, into)
        while selector.get_map():
            left = deadline - monotonic()
            if left <= 0:
                return f"no end within {seconds:g} s"
            for key, _ in selector.select(left):
                data = os.read(key.fd, 1 << 16)
                key.data.extend(data)
                if not data:
                    selector.unregister(key.fileobj)
                if len(key.data) > MOST_OUTPUT:
                    return f"more than {MOST_OUTPUT:,} bytes printed"
            if mark and mark in received[0]:
                return ""
    return ""
