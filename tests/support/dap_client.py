"""A small client of the Debug Adapter Protocol, for what Microsoft's does not show: order, bytes, broken messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Message = dict[str, Any]
ADAPTER = [sys.executable, "-m", "emulator.cli.main", "dap"]


class Client:
    """Talks to ``v7m dap`` as a process. ``messages`` are all that came, in order."""

    def __init__(self, *options: str, **environment: str) -> None:
        variables = {**os.environ, **environment}
        self.process = subprocess.Popen(
            [*ADAPTER, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=variables
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._write = self.process.stdin.write
        self._read = self.process.stdout.read
        self.messages: list[Message] = []
        self._sequence = 0
        self._buffer = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def send_bytes(self, data: bytes) -> None:
        self._write(data)

    def send(self, command: str, **arguments: object) -> int:
        """Send a request and return its number."""
        self._sequence += 1
        message = {"seq": self._sequence, "type": "request", "command": command}
        body = json.dumps({**message, "arguments": arguments} if arguments else message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self._sequence

    def receive(self) -> Message:
        """Return the next message; the exact form of its frame is demanded."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        header, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert header.startswith(b"Content-Length: ") and header[16:].isdigit(), header
        while len(self._buffer) < int(header[16:]):
            self._more()
        body, self._buffer = self._buffer[: int(header[16:])], self._buffer[int(header[16:]) :]
        message: Message = json.loads(body)
        self.messages.append(message)
        return message

    def _more(self) -> None:
        data = self._read(65536)
        if not data:
            raise EOFError(f"the adapter closed its output; last were {self.messages[-3:]}")
        self._buffer += data

    def until(self, wanted: Callable[[Message], bool]) -> Message:
        """Read up to a message that is ``wanted``, and return it."""
        while True:
            message = self.receive()
            if wanted(message):
                return message

    def response(self, number: int) -> Message:
        return self.until(lambda message: message["type"] == "response" and message["request_seq"] == number)

    def ask(self, command: str, **arguments: object) -> Any:
        """Do a request that succeeds, and return its body."""
        answer = self.response(self.send(command, **arguments))
        assert answer["success"], answer
        return answer.get("body")

    def fails(self, command: str, **arguments: object) -> str:
        """Do a request that fails, and return why."""
        answer = self.response(self.send(command, **arguments))
        assert not answer["success"], answer
        assert answer["message"]
        return str(answer["body"]["error"]["format"])

    def event(self, name: str) -> Any:
        """Read up to the event ``name``, and return its body."""
        return self.until(lambda message: message.get("event") == name).get("body")
