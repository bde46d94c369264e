"""v7m dap: a debug adapter for editors, on standard input and output or on a socket."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack

from emulator.annotations import BinaryIO
from emulator.cli.interrupts import dispensable
from emulator.cli.parser import Parser
from emulator.cli.terminal import is_terminal, write_diagnostics
from emulator.errors import ConfigError

EPILOG = """\
Editors start it: docs/editors.md has configurations. It needs a GDB for ARM (gdb-multiarch or arm-none-eabi-gdb), and
speaks the Debug Adapter Protocol on standard input and output, or with --listen with one client after another.

exit status: 0 the client has disconnected, 2 bad usage, 70 a bug of v7m, 130 Ctrl-C, 143 SIGTERM, 129
SIGHUP: GDB and the program are ended then, too."""

HINT = "v7m dap: waiting for an editor's messages on standard input; docs/editors.md says how editors start this.\n"


def make_parser() -> Parser:
    """Return the parser of this verb."""
    parser = Parser("v7m dap", "Debug from an editor: a debug adapter (DAP).", EPILOG)
    option = parser.add_argument
    option("--listen", metavar="HOST:PORT", help="serve clients there, such as 127.0.0.1:4711; port 0: any free one")
    option("--log", metavar="FILE", help="write down all messages, and all that GDB is told and says")
    return parser


class Log:
    """A transcript as a file: a line a message. ``->`` and ``<-`` are of the client, ``=>`` and ``<=`` of GDB."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def note(self, mark: str, text: str) -> None:
        """Write a line."""
        self._file.write(f"{mark} {text}\n".encode("utf-8", "replace"))


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError."""
    options = make_parser().parse_args(arguments)
    with ExitStack() as stack:
        log = None
        if options.log is not None:
            try:
                log = Log(stack.enter_context(open(options.log, "wb", buffering=0)))
            except OSError as error:
                raise ConfigError(f"--log {options.log}: {error.strerror}.") from None
        server = [sys.executable, "-P", "-m", "v7m", "debug", "--stdio"]
        with dispensable() as heard:  # a GDB that is busy would go on alone
            try:
                if options.listen is not None:
                    _listen(stack, options.listen, server, log)
                else:
                    _serve_standard_streams(server, log)
            except KeyboardInterrupt:
                from emulator.harness.exit_status import INTERRUPTED, KILLED

                return INTERRUPTED if heard[:1] in ([], [signal.SIGINT]) else KILLED + heard[0]
    return 0


def _serve_standard_streams(server: list[str], log: Log | None) -> None:
    from emulator.dap.adapter import Adapter

    if is_terminal(sys.stdin):
        write_diagnostics(HINT)
    with os.fdopen(os.dup(1), "wb", buffering=0) as output:
        Adapter(0, lambda data: _write_all(output, data), server, log).serve()


def _write_all(file: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _listen(stack: ExitStack, place: str, server: list[str], log: Log | None) -> None:
    """Serve one client after another, until Ctrl-C."""
    from emulator.dap.listener import Listener

    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"--listen {place!r} is no place to listen. Write it as 127.0.0.1:4711.")
    listener = Listener(host.strip("[]") or "127.0.0.1", int(port))
    stack.callback(listener.close)
    write_diagnostics(f"v7m dap: listening on {listener.address}\n")
    while True:
        listener.serve(server, log)
