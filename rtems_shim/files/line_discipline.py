"""What a terminal does to the bytes that are typed and written, as RTEMS's termios does it: lines, erasing, echo, tabs.

No files and no threads: bytes go in, and what a reader gets and what is echoed come out. The numbers are those of
RTEMS's <termios.h>. There is no flow to control: XON and XOFF are bytes like any other. Of what the program writes tabs
become blanks, and nothing else changes: a newline stays one [D-173]. State: ``LineDiscipline``.
"""

from __future__ import annotations

from rtems_shim.abi import layouts

ISTRIP, INLCR, IGNCR, ICRNL = 0x20, 0x40, 0x80, 0x100
ECHOE, ECHOK, ECHO, ECHONL, ECHOCTL, ISIG, ICANON = 0x2, 0x4, 0x8, 0x10, 0x40, 0x80, 0x100
VEOF, VEOL, VEOL2, VERASE, VKILL, VINTR, VQUIT, VMIN, VTIME = 0, 1, 2, 3, 5, 8, 9, 16, 17
NCCS = 20
LINE_LIMIT = 255
"""Bytes of a line; a longer one is read in pieces of this size."""

BRKINT, IXON, IMAXBEL = 0x2, 0x200, 0x2000
OPOST, ONLCR, OXTABS = 0x1, 0x2, 0x4
CS8, CREAD, CLOCAL = 0x300, 0x800, 0x8000
IEXTEN = 0x400
_CHARACTERS = {
    VEOF: 0x04, VERASE: 0x7F, 4: 0x17, VKILL: 0x15, 6: 0x12, VINTR: 0x03, VQUIT: 0x1C, 10: 0x1A, 12: 0x11, 13: 0x13,
    14: 0x16, 15: 0x0F,
}  # fmt: skip
"""RTEMS's special characters; the others are 0."""
B115200 = 115200
BS, TAB, LF, CR, DEL = 0x08, 0x09, 0x0A, 0x0D, 0x7F
TAB_WIDTH = 8


class LineDiscipline:
    """One terminal. ``ready`` is what readers get; ``typed`` the line, or the raw bytes, on the way there."""

    def __init__(self) -> None:
        self.iflag = BRKINT | ICRNL | IXON | IMAXBEL
        self.oflag = OPOST | ONLCR | OXTABS
        self.cflag = CS8 | CREAD | CLOCAL
        self.lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOK | ECHOE | ECHOCTL
        self.characters = bytearray(_CHARACTERS.get(index, 0) for index in range(NCCS))
        self.speeds = B115200, B115200
        self.ready = bytearray()
        self.typed = bytearray()
        self._echoed = bytearray()
        self._column = 0

    # -- settings ------------------------------------------------------------------------------------------------

    @property
    def canonical(self) -> bool:
        """Whether readers get whole lines."""
        return bool(self.lflag & ICANON)

    def pack(self) -> bytes:
        """Return the settings as a struct termios."""
        flags = {"iflag": self.iflag, "oflag": self.oflag, "cflag": self.cflag, "lflag": self.lflag}
        words = [int.from_bytes(self.characters[at : at + 4], "little") for at in range(0, NCCS, 4)]
        characters = {f"cc{4 * index}": word for index, word in enumerate(words)}
        return layouts.TERMIOS.pack(**flags, **characters, ispeed=self.speeds[0], ospeed=self.speeds[1])

    def unpack(self, data: bytes) -> None:
        """Take the settings of a struct termios. What was typed and not read becomes readable in raw mode."""
        values = layouts.TERMIOS.unpack(data)
        self.iflag, self.oflag = values["iflag"], values["oflag"]
        self.cflag, self.lflag = values["cflag"], values["lflag"]
        self.characters = bytearray(b"".join(values[f"cc{at}"].to_bytes(4, "little") for at in range(0, NCCS, 4)))
        self.speeds = values["ispeed"], values["ospeed"]

    def flush(self) -> None:
        """Forget what was typed and not read."""
        self.ready.clear()
        self.typed.clear()

    # -- bytes in ------------------------------------------------------------------------------------------------

    def type(self, byte: int) -> bool:
        """Take one byte; whether it ends a line, which is in ``ready`` then. An end of file is an empty line."""
        if self.iflag & ISTRIP:
            byte &= 0x7F
        if byte == CR and self.iflag & IGNCR:
            return False
        if byte == CR and self.iflag & ICRNL:
            byte = LF
        elif byte == LF and self.iflag & INLCR:
            byte = CR
        if self.lflag & ISIG and byte in (self.characters[VINTR], self.characters[VQUIT]):
            return False  # RTEMS calls a handler that a program may register; its own does nothing
        if self.canonical and byte:
            return self._type_into_line(byte)
        self._keep(byte)
        return len(self.typed) >= LINE_LIMIT and self.end_line()

    def _type_into_line(self, byte: int) -> bool:
        if byte == self.characters[VERASE]:
            self._erase()
            return False
        if byte == self.characters[VKILL]:
            self._kill()
            return False
        if byte == self.characters[VEOF]:
            return self.end_line()
        if byte == LF and not self.lflag & ECHO and self.lflag & ECHONL:
            self._echoed.append(LF)
        self._keep(byte)
        ends = byte in (LF, self.characters[VEOL], self.characters[VEOL2]) or len(self.typed) >= LINE_LIMIT
        return ends and self.end_line()

    def end_line(self) -> bool:
        """Hand what was typed to readers: always True."""
        self.ready += self.typed
        self.typed.clear()
        return True

    def _keep(self, byte: int) -> None:
        self.typed.append(byte)
        if self.lflag & ECHO:
            self._echoed += self._shown(byte)

    def _shown(self, byte: int) -> bytes:
        """Return how the terminal shows ``byte``."""
        if self.lflag & ECHOCTL and (byte < 0x20 or byte == 0x7F) and byte not in (TAB, LF):
            return bytes((0x5E, byte ^ 0x40))
        return bytes((byte,))

    def _erase(self) -> None:
        if not self.typed:
            return
        last = self.typed.pop()
        if self.lflag & ECHO:
            if self.lflag & ECHOE:
                self._echoed += b"\b \b" * self._width(last)
            else:
                self._echoed += self._shown(self.characters[VERASE])

    def _width(self, byte: int) -> int:
        """Return the columns that ``byte`` takes behind those of ``typed``; a tab goes to the next multiple of 8."""
        if byte != TAB:
            return len(self._shown(byte)) if byte >= 0x20 or self.lflag & ECHOCTL else 0
        column = 0
        for before in self.typed:
            column = (column | 7) + 1 if before == TAB else column + self._width(before)
        return (column | 7) + 1 - column

    def _kill(self) -> None:
        if self.lflag & ECHO and not self.lflag & ECHOE:
            self._echoed += self._shown(self.characters[VKILL]) + (b"\n" if self.lflag & ECHOK else b"")
            self.typed.clear()
        while self.typed:
            self._erase()

    # -- bytes out -----------------------------------------------------------------------------------------------

    def take_echo(self) -> bytes:
        """Return what is to be shown since the last call."""
        echo = self.written(bytes(self._echoed))
        self._echoed.clear()
        return echo

    def written(self, data: bytes) -> bytes:
        """Return what the terminal gets of what is written to it: blanks up to the next multiple of 8 for a tab."""
        if not self.oflag & OPOST:
            return data
        first, *others = data.split(b"\t")
        shown = bytearray(first)
        self._go_on(first)
        for part in others:
            width = TAB_WIDTH - self._column % TAB_WIDTH
            shown += b" " * width if self.oflag & OXTABS else b"\t"
            self._column += width
            shown += part
            self._go_on(part)
        return bytes(shown)

    def _go_on(self, data: bytes) -> None:
        """Note in which column the terminal is behind ``data``, which has no tab."""
        line = data[max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 :]
        if len(line) < len(data):
            self._column = 0
        for byte in line:
            if byte == BS:
                self._column = max(0, self._column - 1)
            elif byte >= 0x20 and byte != DEL:
                self._column += 1

    def take(self, size: int) -> bytes:
        """Return up to ``size`` of the bytes that are ready."""
        found = bytes(self.ready[:size])
        del self.ready[:size]
        return found
