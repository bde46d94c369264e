"""The frames of the Debug Adapter Protocol's base protocol: header lines, an empty line, then a JSON object.

``MessageReader`` is fed with bytes as they come. What is wrong with a frame costs that frame only: the reader says it
in one line and goes on with the next, and never holds more than one frame of at most MAX_BODY bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from emulator.annotations import Any

MAX_HEADER = 4096
"""Bytes of a header; VS Code's has 20."""
MAX_BODY = 1 << 24
"""Bytes of a message; the largest that make sense write megabytes of memory."""
MAX_DEPTH = 100
"""Brackets in brackets of a message; the deepest that makes sense has six."""
_FIELD = b"content-length:"
_EMPTY_LINE = b"\r\n\r\n"

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """Return ``message`` as it goes over the wire: clients want this spelling of the header, and nothing around it."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class MessageReader:
    """Cuts a stream of bytes into messages. ``complaints`` gathers what was wrong with the frames left out."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._buffer = bytearray()
        self._body: int | None = None
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take ``data`` and yield every message that is complete with it."""
        self._buffer += data
        while self._skip_body() and (self._body is not None or self._read_header()):
            assert self._body is not None
            if len(self._buffer) < self._body:
                return
            body = bytes(self._buffer[: self._body])
            del self._buffer[: self._body]
            self._body = None
            message = self._decode(body)
            if message is not None:
                yield message

    def _skip_body(self) -> bool:
        """Drop what came of a body that is too long; False while more of it is to come."""
        dropped = min(self._skip, len(self._buffer))
        del self._buffer[:dropped]
        self._skip -= dropped
        return self._skip == 0

    def _read_header(self) -> bool:
        """Find the length of the next body; False when its header is not there yet."""
        while not self._skip:
            end = self._buffer.find(_EMPTY_LINE)
            if end < 0:
                if len(self._buffer) > MAX_HEADER:
                    self.complaints.append(f"a header of more than {MAX_HEADER:,} bytes; it is left out")
                    del self._buffer[: -len(_EMPTY_LINE)]
                return False
            header = bytes(self._buffer[:end])
            del self._buffer[: end + len(_EMPTY_LINE)]
            length = _content_length(header)
            if length is None:
                self.complaints.append(f"a header without Content-Length: {header[:60]!r}; it is left out")
            elif length > MAX_BODY:
                self.complaints.append(f"a message of {length:,} bytes, more than {MAX_BODY:,}; it is left out")
                self._skip = length
            else:
                self._body = length
                return True
        return self._skip_body() and self._read_header()

    def _decode(self, body: bytes) -> Message | None:
        """Return the object that ``body`` is the JSON of, None (and a complaint) when it is not."""
        if _depth(body) > MAX_DEPTH:
            self.complaints.append(f"a message nested more than {MAX_DEPTH} deep; it is left out")
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            words = " ".join(str(error).split())
            self.complaints.append(f"a message that is not JSON ({words}); it is left out")
            return None
        if not isinstance(message, dict):
            self.complaints.append("a message that is not a JSON object; it is left out")
            return None
        return message


def _content_length(header: bytes) -> int | None:
    for line in header.split(b"\r\n"):
        if line.lower().startswith(_FIELD):
            digits = line[len(_FIELD) :].strip()
            return int(digits) if digits.isdigit() and len(digits) <= 18 else None
    return None


def _depth(body: bytes) -> int:
    """Return how deep brackets nest, as far as it matters: up to the first that is too deep."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif byte in b"]}":
            depth -= 1
    return deepest
