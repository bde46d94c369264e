"""A debug adapter's session without a process: what it sends and asks is a list, what comes is said by the test."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from emulator.dap.framing import Message, MessageReader, encode
from emulator.dap.requests import REQUESTS
from emulator.dap.session import Session
from emulator.dap.stops import publish

MARKS = ("->", "<-", "=>", "<=", "<!", "?+", "?-")
FRAME_END = b"\r\n\r\n"


class FakeLink:
    """Notes what the session sends, as the lines of a transcript."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sent: list[Message] = []
        self.commands: list[str] = []
        self.files: set[str] = set()
        self.started: list[tuple[str | None, str | None]] = []
        self.is_ended = False

    def send(self, message: Message) -> None:
        self.sent.append(message)
        self.lines.append(f"<- {encode(message).partition(FRAME_END)[2].decode()}")

    def start_gdb(self, path: str | None, folder: str | None) -> None:
        self.started.append((path, folder))
        self.is_ended = False

    def write_gdb(self, line: str) -> None:
        self.commands.append(line)
        self.lines.append(f"=> {line}")

    def end_gdb(self) -> None:
        self.is_ended = True

    def server_command(self, options: list[str]) -> str:
        return shlex.join(["v7m", "debug", "--stdio", *options])

    def log_points_file(self) -> str:
        return "/usr/share/v7m/log_points_in_gdb.py"

    def folder(self) -> str:
        return "/src/v7m"

    def file_exists(self, path: str) -> bool:
        return path in self.files


class Talk:
    """A session with a client and a GDB that are the test."""

    def __init__(self) -> None:
        self.link = FakeLink()
        self.session = Session(self.link, REQUESTS, publish)
        self._sequence = 0

    def send(self, command: str, **arguments: object) -> int:
        self._sequence += 1
        message: Message = {"seq": self._sequence, "type": "request", "command": command}
        self.session.receive({**message, "arguments": arguments} if arguments else message)
        return self._sequence

    def answer(self, *results: str) -> None:
        """Let GDB answer its commands in turn: ``done``, ``error,msg="..."``; or say a line with a mark of its own."""
        for result in results:
            if result[:1] in "*=~@&":
                self.session.receive_gdb(result)
                continue
            command = self.link.commands[-1]
            token = command[: len(command) - len(command.lstrip("0123456789"))]
            self.session.receive_gdb(f"{token}^{result}")

    def finish(self, until: str = "") -> None:
        """Let GDB answer ``done`` to everything it is asked, up to a command that holds ``until``."""
        while True:
            asked = len(self.link.commands)
            if until and until in self.link.commands[-1]:
                return
            self.answer("done")
            if len(self.link.commands) == asked:
                return

    def response(self, number: int) -> Message:
        return next(m for m in self.link.sent if m["type"] == "response" and m["request_seq"] == number)

    def body(self, number: int) -> Any:
        answer = self.response(number)
        assert answer["success"], answer
        return answer.get("body")

    def events(self, name: str) -> list[Any]:
        return [message.get("body") for message in self.link.sent if message.get("event") == name]

    def attached(self) -> Talk:
        """Bring the session to where breakpoints are set."""
        self.send("initialize", adapterID="v7m")
        number = self.send("attach", target="127.0.0.1:3333", program="a.elf")
        self.finish()
        assert self.response(number)["success"]
        return self

    def stopped(self) -> Talk:
        """Bring the session to a stop at a breakpoint of GDB's, number 99."""
        self.attached()
        self.send("configurationDone")
        self.answer("running", '*running,thread-id="all"')
        self.answer('*stopped,reason="breakpoint-hit",bkptno="99",thread-id="1",stopped-threads="all"')
        assert self.events("stopped")
        return self


def replay(path: Path) -> tuple[list[str], list[str]]:
    """Return the lines that a transcript holds of the session, and those that it says today to the same input."""
    lines = path.read_text(encoding="utf-8").splitlines()
    link = FakeLink()
    link.files = {line[3:] for line in lines if line.startswith("?+ ")}
    session, reader = Session(link, REQUESTS, publish), MessageReader()
    for line in lines:
        mark, _, text = line.partition(" ")
        assert mark in MARKS, line
        if mark == "->":
            body = text.encode()
            for message in reader.feed(b"Content-Length: %d\r\n\r\n%b" % (len(body), body)):
                session.receive(message)
        elif mark == "<=":
            session.receive_gdb(text)
        elif mark == "<!":
            session.gdb_ended(text)
    assert reader.complaints == []
    return [line for line in lines if line[:2] in ("<-", "=>")], link.lines
