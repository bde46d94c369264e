"""Semihosting: what a program asks of its debugger with BKPT 0xAB. [Semihosting for AArch32 and AArch64, 2.0]

Everything a program gets is a function of its inputs: time is virtual, names of temporary files follow from their
number, the console counts as a terminal. Files are the run's own and end with it (semihosting_memory.py), or those
below a directory (semihosting_files.py).
Return values and error numbers are QEMU's, the latter as newlib and picolibc number them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emulator.annotations import Protocol
from emulator.armv7m.guest import Clock
from emulator.bits import sign_extend
from emulator.errors import GuestAccessError
from emulator.records import dataclass
from emulator.semihosting.semihosting_files import (
    E2BIG,
    EACCES,
    EBADF,
    EFAULT,
    EINVAL,
    EMFILE,
    ENAMETOOLONG,
    ENOSYS,
    ENOTTY,
    EPERM,
    FileError,
    Mode,
    RootDirectory,
)
from emulator.semihosting.semihosting_memory import MemoryFiles
from emulator.semihosting.semihosting_streams import Console, Features, Stream

FAILURE = 0xFFFF_FFFF
CORRUPTED = 0xDEAD_BEEF
"""What r0 holds after the two requests that return nothing, as with QEMU."""

APPLICATION_EXIT = 0x20026
"""ADP_Stopped_ApplicationExit: the reason of an exit that is a success."""

EPOCH = 1_767_225_600
"""What SYS_TIME answers at the start of a run: 2026-01-01 00:00 UTC, in seconds since 1970. [D-151]."""

NANOSECONDS = 1_000_000_000
"""SYS_TICKFREQ: SYS_ELAPSED counts nanoseconds of virtual time."""

MOST_HANDLES = 32
LONGEST_NAME = 1024
CHUNK = 1 << 16
"""Bytes that are copied at a time, whatever a request asks for."""


class Memory(Protocol):
    """Guest memory as the debugger sees it; see GuestMemory."""

    def peek(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes."""

    def poke(self, address: int, data: bytes) -> None:
        """Store ``data``."""


class Files(Protocol):
    """Where the names of files lead. All raise FileError."""

    def open(self, name: bytes, mode: Mode) -> Stream:
        """Return the file ``name``, opened."""

    def remove(self, name: bytes) -> None:
        """Remove the file ``name``."""

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename the file ``old``; a file ``new`` is replaced."""


@dataclass(frozen=True, slots=True)
class SemihostingSetup:
    """What a machine gives its semihosting.

    ``frequency``: instructions in a virtual second. ``send(channel, data)`` takes output of ``stdout`` and ``stderr``;
    ``receive("stdin")`` returns the next byte of input, None at its end. ``exit(code)`` ends the run before the next
    instruction. ``command_line`` is the program's name and its arguments. ``heap`` is (start, end) of the memory that
    heap and stack may share. ``root`` is the directory for files; None for files in memory.
    """

    memory: Memory
    clock: Clock
    frequency: int
    send: Callable[[str, bytes], None]
    receive: Callable[[str], int | None]
    exit: Callable[[int], None]
    command_line: str = ""
    heap: tuple[int, int] = (0, 0)
    root: RootDirectory | None = None


class Semihosting:
    """A Semihost that takes the requests of one program. ``errno`` is the error of the last one that failed."""

    def __init__(self, setup: SemihostingSetup) -> None:
        self._setup = setup
        self._memory = setup.memory
        self._handles: dict[int, Stream] = {}
        self._in_memory = MemoryFiles()
        self._files: Files = self._in_memory if setup.root is None else setup.root
        self.errno = 0
        self._requests: dict[int, Callable[[int], int | None]] = {
            0x01: self._open,
            0x02: self._close,
            0x03: self._writec,
            0x04: self._write0,
            0x05: self._write,
            0x06: self._read,
            0x07: self._readc,
            0x08: self._iserror,
            0x09: self._istty,
            0x0A: self._seek,
            0x0C: self._flen,
            0x0D: self._tmpnam,
            0x0E: self._remove,
            0x0F: self._rename,
            0x10: self._clock,
            0x11: self._time,
            0x12: self._system,
            0x13: lambda parameter: self.errno,
            0x15: self._get_cmdline,
            0x16: self._heapinfo,
            0x18: self._exit,
            0x20: self._exit_extended,
            0x30: self._elapsed,
            0x31: lambda parameter: NANOSECONDS,
        }

    def handle(self, operation: int, parameter: int) -> int | None:
        """Do request ``operation`` (r0) with ``parameter`` (r1); the result is for r0, None leaves it as it is."""
        request = self._requests.get(operation, self._unknown)
        try:
            return request(parameter)
        except FileError as error:
            self.errno = error.number
        except GuestAccessError:
            self.errno = EFAULT
        return FAILURE

    @property
    def files_in_memory(self) -> list[bytes]:
        """The names of the files that the program left and that end with the run: those without a root directory."""
        return self._in_memory.names()

    def reset(self) -> None:
        """Close what the program left open, forget its last error and its files in memory.

        For the end of a run, or a new one.
        """
        for handle in sorted(self._handles):
            self._handles.pop(handle).close()
        self._in_memory.reset()
        self.errno = 0

    # -- guest memory --------------------------------------------------------------------------------------------

    def _words(self, address: int, count: int) -> list[int]:
        data = self._memory.peek(address, 4 * count)
        return [int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * count, 4)]

    def _put_words(self, address: int, *words: int) -> None:
        self._memory.poke(address, b"".join((word & 0xFFFF_FFFF).to_bytes(4, "little") for word in words))

    def _name(self, address: int, length: int) -> bytes:
        """Return the name of ``length`` bytes at ``address``, which a zero byte must follow."""
        if length > LONGEST_NAME:
            raise FileError(ENAMETOOLONG)
        data = self._memory.peek(address, length + 1)
        if data[length]:
            raise FileError(EINVAL)
        return data[:length].split(b"\0")[0]

    def _text(self, address: int) -> Iterator[bytes]:
        """Yield the pieces of the text at ``address`` up to its zero byte, or to the end of the memory."""
        step = 64
        while True:
            try:
                data = self._memory.peek(address, step)
            except GuestAccessError:
                if step == 1:
                    return
                step = 1
                continue
            text, found, _ = data.partition(b"\0")
            yield text
            if found:
                return
            address += step

    def _is_text(self, address: int, text: bytes) -> bool:
        """Whether the text at ``address`` is ``text``, whatever length the program says it has."""
        try:
            return self._memory.peek(address, len(text) + 1) == text + b"\0"
        except GuestAccessError:
            return False

    def _stream(self, handle: int) -> Stream:
        if handle not in self._handles:
            raise FileError(EBADF)
        return self._handles[handle]

    # -- files and the console -----------------------------------------------------------------------------------

    def _open(self, parameter: int) -> int:
        address, mode_number, length = self._words(parameter, 3)
        if mode_number >= len(Mode):
            raise FileError(EINVAL)
        if len(self._handles) >= MOST_HANDLES:
            raise FileError(EMFILE)
        stream = self._opened(address, length, Mode(mode_number))
        handle = next(n for n in range(1, MOST_HANDLES + 1) if n not in self._handles)
        self._handles[handle] = stream
        return handle

    def _opened(self, address: int, length: int, mode: Mode) -> Stream:
        if self._is_text(address, b":tt"):
            if mode < Mode.W:
                return Console("", self._setup.send, self._setup.receive)
            return Console("stderr" if mode >= Mode.A else "stdout", self._setup.send, None)
        if self._is_text(address, b":semihosting-features"):
            if mode.writes:
                raise FileError(EACCES)
            return Features()
        return self._files.open(self._name(address, length), mode)

    def _close(self, parameter: int) -> int:
        (handle,) = self._words(parameter, 1)
        stream = self._stream(handle)
        del self._handles[handle]
        stream.close()
        return 0

    def _send(self, address: int, size: int) -> None:
        for start in range(0, size, CHUNK):
            self._setup.send("stdout", self._memory.peek(address + start, min(CHUNK, size - start)))

    def _writec(self, parameter: int) -> int:
        self._send(parameter, 1)
        return CORRUPTED

    def _write0(self, parameter: int) -> int:
        for text in self._text(parameter):
            if text:
                self._setup.send("stdout", text)
        return CORRUPTED

    def _write(self, parameter: int) -> int:
        """Return the bytes that were not written."""
        handle, address, size = self._words(parameter, 3)
        written = 0
        try:
            stream = self._stream(handle)
            while written < size:
                data = self._memory.peek(address + written, min(CHUNK, size - written))
                count = stream.write(data)
                written += count
                if count < len(data):
                    break
        except FileError as error:
            self.errno = error.number
        except GuestAccessError:
            self.errno = EFAULT
        return size - written

    def _read(self, parameter: int) -> int:
        """Return the bytes that were not read."""
        handle, address, size = self._words(parameter, 3)
        done = 0
        try:
            stream = self._stream(handle)
            while done < size:
                wanted = min(CHUNK, size - done)
                self._memory.peek(address + done, wanted)  # nothing is taken that could not be stored
                data = stream.read(wanted)
                self._memory.poke(address + done, data)
                done += len(data)
                if len(data) < wanted:
                    break
        except FileError as error:
            self.errno = error.number
        except GuestAccessError:
            self.errno = EFAULT
        return size - done

    def _readc(self, parameter: int) -> int:
        byte = self._setup.receive("stdin")
        return FAILURE if byte is None else byte

    def _iserror(self, parameter: int) -> int:
        (status,) = self._words(parameter, 1)
        return status >> 31

    def _istty(self, parameter: int) -> int:
        stream = self._stream(self._words(parameter, 1)[0])
        if not stream.is_terminal:
            self.errno = ENOTTY
        return int(stream.is_terminal)

    def _seek(self, parameter: int) -> int:
        handle, position = self._words(parameter, 2)
        self._stream(handle).seek(position)
        return 0

    def _flen(self, parameter: int) -> int:
        return self._stream(self._words(parameter, 1)[0]).length()

    def _tmpnam(self, parameter: int) -> int:
        address, number, size = self._words(parameter, 3)
        name = b"tmp-%02x\0" % (number & 0xFF)
        if len(name) > size:
            return FAILURE
        self._memory.poke(address, name)
        return 0

    def _remove(self, parameter: int) -> int:
        self._files.remove(self._name(*self._words(parameter, 2)))
        return 0

    def _rename(self, parameter: int) -> int:
        old_address, old_length, new_address, new_length = self._words(parameter, 4)
        old, new = self._name(old_address, old_length), self._name(new_address, new_length)
        self._files.rename(old, new)
        return 0

    # -- time ----------------------------------------------------------------------------------------------------

    def _scaled(self, units: int) -> int:
        """Return virtual time in ``units`` a second."""
        return self._setup.clock.now * units // self._setup.frequency

    def _clock(self, parameter: int) -> int:
        return self._scaled(100) & 0xFFFF_FFFF

    def _time(self, parameter: int) -> int:
        return EPOCH + self._scaled(1) & 0xFFFF_FFFF

    def _elapsed(self, parameter: int) -> int:
        elapsed = self._scaled(NANOSECONDS)
        self._put_words(parameter, elapsed, elapsed >> 32)
        return 0

    # -- the program and its surroundings ------------------------------------------------------------------------

    def _system(self, parameter: int) -> int:
        raise FileError(EPERM)

    def _get_cmdline(self, parameter: int) -> int:
        address, size = self._words(parameter, 2)
        line = self._setup.command_line.encode("utf-8", "surrogateescape").split(b"\0")[0]
        if len(line) + 1 > size:
            raise FileError(E2BIG)
        self._memory.poke(address, line + b"\0")
        self._put_words(parameter + 4, len(line))
        return 0

    def _heapinfo(self, parameter: int) -> int:
        """Heap and stack share one area: the heap grows from its start, the stack from its end."""
        start, end = self._setup.heap
        self._put_words(self._words(parameter, 1)[0], start, end, end, start)
        return 0

    def _exit(self, parameter: int) -> None:
        self._setup.exit(0 if parameter == APPLICATION_EXIT else 1)

    def _exit_extended(self, parameter: int) -> None:
        reason, code = self._words(parameter, 2)
        self._setup.exit(sign_extend(code, 32) if reason == APPLICATION_EXIT else 1)

    def _unknown(self, parameter: int) -> int:
        raise FileError(ENOSYS)
