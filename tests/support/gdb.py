"""Clients of the GDB server: the real gdb-multiarch, and one of a few lines in this process."""

from __future__ import annotations

import os
import re
import select
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from support.tools import require_tool

from emulator.cli import debug
from emulator.cli.arguments import read_options
from emulator.cli.session import open_session
from emulator.gdb.packet import Kind, Stream, encode
from emulator.gdb.session import Session

ROOT = Path(__file__).resolve().parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"
QUIET = ("-nx", "-q", "-ex", "set pagination off", "-ex", "set confirm off", "-ex", "set width 0",
         "-ex", "set remotetimeout 60")  # fmt: skip
TIMEOUT = 120


def serving(*words: object) -> list[str]:
    """Return the command that debugs over a pipe."""
    return [sys.executable, "-m", "v7m", "debug", "--stdio", *map(str, words)]


def pipe_to(*words: object) -> str:
    """Return GDB's name of a target over a pipe."""
    return "| " + shlex.join(serving(*words))


def batch(elf: Path, *commands: str, options: tuple[str, ...] = (), target: str = "remote") -> str:
    """Let the real GDB do ``commands`` with a server over a pipe; return all it printed."""
    gdb = require_tool("gdb-multiarch")
    all_ = [f"target {target} {pipe_to(elf, *options)}", *commands]
    words = [gdb, "-batch", *QUIET, str(elf), *(word for command in all_ for word in ("-ex", command))]
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, cwd=ROOT, check=False
    )
    return done.stdout


def calls(text: str) -> list[str]:
    """Return the functions of a backtrace, with <signal> where an exception interrupted."""
    frames = re.findall(r"^#\d+\s+(?:0x\w+ in )?(<signal|\w+)", text, re.M)
    return [frame.replace("<signal", "<signal>") for frame in frames]


def between(text: str, first: str, last: str) -> str:
    """Return what was printed between two echoed marks."""
    return text.partition(f"<{first}>")[2].partition(f"<{last}>")[0]


def mark(name: str) -> str:
    """Return the command that echoes a mark."""
    return f"echo <{name}>\\n"


class Mi:
    """The real GDB in its machine interface."""

    def __init__(self, elf: Path) -> None:
        words = [require_tool("gdb-multiarch"), "--interpreter=mi3", *QUIET, str(elf)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT, start_new_session=True
        )
        self._lines: list[str] = []
        self._rest = b""
        self.seen: list[str] = []
        self.do("-gdb-set mi-async on")

    def do(self, command: str) -> str:
        """Send ``command``; return its result record."""
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        return self.wait(r"\^(done|running|connected|error|exit)")

    def wait(self, pattern: str) -> str:
        """Return the next line that begins with ``pattern``."""
        end = monotonic() + TIMEOUT
        while True:
            while self._lines:
                line = self._lines.pop(0)
                self.seen.append(line)
                if re.match(pattern, line):
                    return line
            self._read(end - monotonic())

    def _read(self, timeout: float) -> None:
        assert self._process.stdout is not None
        if timeout <= 0 or not select.select([self._process.stdout], [], [], timeout)[0]:
            raise AssertionError("GDB said nothing more:\n" + "\n".join(self.seen[-20:]))
        data = os.read(self._process.stdout.fileno(), 1 << 16)
        assert data, "GDB has ended:\n" + "\n".join(self.seen[-20:])
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._lines += [line.decode("utf-8", "replace").rstrip() for line in lines]

    def close(self) -> None:
        """End GDB."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def machine_interface(elf: Path) -> Iterator[Mi]:
    """A GDB in MI for ``elf``, not connected yet."""
    mi = Mi(elf)
    try:
        yield mi
    finally:
        mi.close()


class Client:
    """A client in this process, without a connection."""

    def __init__(self, session: Session, sent: list[bytes]) -> None:
        self.session = session
        self.sent = sent
        self.console = b""
        self._stream = Stream()

    def raw(self, data: bytes) -> bytes:
        """Send bytes, let the program run until it stops; return the bytes that came back."""
        self.sent.clear()
        self.session.feed(data)
        while self.session.is_running:
            self.session.work()
        return b"".join(self.sent)

    def ask(self, payload: bytes | str) -> str:
        """Send a packet; return the payload of the reply. Console output is kept in ``console``."""
        data = payload.encode() if isinstance(payload, str) else payload
        found = [one.payload for one in self._stream.feed(self.raw(encode(data))) if one.kind is Kind.PACKET]
        for one in found[:-1]:
            assert one.startswith(b"O"), found
            self.console += bytes.fromhex(one[1:].decode())
        return found[-1].decode("latin-1") if found else ""

    def monitor(self, words: str) -> str:
        """Do a monitor command; return what it printed."""
        self.console = b""
        assert self.ask(f"qRcmd,{words.encode().hex()}") == "OK"
        return self.console.decode()


@contextmanager
def client_of(*arguments: object, acknowledges: bool = False) -> Iterator[Client]:
    """A client of ``v7m debug`` with these arguments, in this process; it has agreed on what GDB agrees on.

    One that ``acknowledges`` has not said anything yet.
    """
    options = read_options([str(word) for word in arguments], debug.OPTIONS, debug.make_parser)
    sent: list[bytes] = []
    with open_session(options) as opened:
        debugger = debug.make_debugger(opened, options)
        client = Client(debug.session_maker(opened, debugger)(sent.append), sent)
        if not acknowledges:
            client.ask("qSupported:swbreak+;hwbreak+;error-message+")
            client.ask("QStartNoAckMode")
        yield client
