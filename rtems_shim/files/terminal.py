"""The console as a file: output goes to the machine's console, input is what the run was given (``--input``).

The bytes of a file or a pipe are all there from the beginning: what a terminal does with them (line_discipline.py), and
the echo, happens when somebody reads. At the end of the input, and where a run has none, a read answers 0. Input that
may still come (typed at the host's terminal, say) blocks the reader and nobody else; it is looked for at each tick and
after each output, and waited for when every thread waits. A reader that is woken makes its call again, so each copy is
made by the reader itself. State: ``Console``: the line discipline, who waits, and whether the next read has its answer.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EBADF, EFAULT
from rtems_shim.core.clock import NS_PER_SECOND, Base, Deadline
from rtems_shim.core.dispatch import trap
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.files.file_objects import S_IFCHR, FileObject
from rtems_shim.files.line_discipline import LINE_LIMIT, VMIN, VTIME, LineDiscipline

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

READ_AGAIN = layouts.READ_AGAIN
_SIZE = layouts.TERMIOS.size << 16
TIOCFLUSH, TIOCDRAIN, FIONREAD = 0x8004_7410, 0x2000_745E, 0x4004_667F
TIOCGETA, TIOCSETA, TIOCSETAW, TIOCSETAF = (
    0x4000_7413 | _SIZE,
    0x8000_7414 | _SIZE,
    0x8000_7415 | _SIZE,
    0x8000_7416 | _SIZE,
)
FREAD = 1
CHUNK = 4096
PERMISSIONS = 0o755


class Console(FileObject):
    """The terminal: stdin, stdout, stderr and /dev/console."""

    kind = S_IFCHR
    is_terminal = True

    def __init__(self, permissions: int) -> None:
        super().__init__(permissions)
        self.line = LineDiscipline()
        self._readers = WaitQueue()
        self._answered = False

    # -- what a descriptor does ----------------------------------------------------------------------------------

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int | None:
        """Copy a line, or in raw mode as many bytes as VMIN and VTIME ask for, at most ``size``; 0 at the end."""
        if self.would_block(kernel, size):
            return self._block(kernel)
        data = bytes(self.line.ready[:size])
        if data:
            kernel.memory.store(buffer, data)
        self._answered = False
        self.line.take(size)
        return len(data)

    def would_block(self, kernel: Kernel, size: int) -> bool:
        """Whether a read has to wait for input that may still come."""
        self._answered = self._answered or bool(self.line.ready) or self._fill(kernel, size)
        return not self._answered

    def truncate(self, kernel: Kernel, length: int) -> int:
        """A console has no length, and RTEMS does not mind."""
        return 0

    def write(self, kernel: Kernel, position: int, buffer: int, size: int, waits: bool = True) -> int:
        """Write to the machine's console."""
        return self.show(kernel, buffer, size, self.line.written)

    def show(self, kernel: Kernel, buffer: int, size: int, processed: Callable[[bytes], bytes]) -> int:
        """Write what ``processed`` makes of ``size`` bytes at ``buffer``."""
        write_out(kernel, buffer, size, processed)
        self.poll(kernel)  # input may wait for what was just written
        return size

    def ioctl(self, kernel: Kernel, command: int, argument: int) -> int:
        """The commands below <termios.h>. What the terminal has not looked at has not been typed: no flush drops it."""
        if command in (TIOCSETA, TIOCSETAW, TIOCSETAF, TIOCGETA, FIONREAD, TIOCFLUSH) and not argument:
            return -EFAULT
        if command == TIOCGETA:
            kernel.memory.store(argument, self.line.pack())
        elif command in (TIOCSETA, TIOCSETAW, TIOCSETAF):
            self._set(kernel, argument, flush=command == TIOCSETAF)
        elif command == FIONREAD:
            kernel.memory.store_word(argument, len(self.line.ready))
        elif command == TIOCFLUSH:
            which = kernel.memory.load_word(argument)
            if not which or which & FREAD:
                self.line.flush()
        elif command != TIOCDRAIN:
            return -EBADF  # what RTEMS makes of a number that it does not know
        return 0

    def _set(self, kernel: Kernel, argument: int, flush: bool) -> None:
        self.line.unpack(kernel.memory.load(argument, layouts.TERMIOS.size))
        if flush:
            self.line.flush()
        kernel.wake_all(self._readers, -READ_AGAIN)  # they wait for something else now

    # -- input ---------------------------------------------------------------------------------------------------

    def _fill(self, kernel: Kernel, size: int, waits: bool = False) -> bool:
        """Take what input there is until a reader of ``size`` bytes has enough; whether it has, or there is no more.

        ``waits``: each byte is waited for as long as the host's user takes.
        """
        line = self.line
        minimum = min(line.characters[VMIN], LINE_LIMIT)
        while line.canonical or len(line.typed) < max(minimum, min(size, LINE_LIMIT)):
            byte = kernel.port.receive(waits)
            if byte is None:
                break
            ended = line.type(byte)
            kernel.port.console(line.take_echo())
            if ended:
                return True
        else:
            return line.end_line()
        if waits or kernel.port.input_ended or self._raw_suffices(minimum):
            return line.end_line()
        return False

    def _raw_suffices(self, minimum: int) -> bool:
        line = self.line
        return not line.canonical and len(line.typed) >= minimum and bool(minimum or not line.characters[VTIME])

    def _block(self, kernel: Kernel) -> int | None:
        deadline = None
        line = self.line
        time = line.characters[VTIME] * NS_PER_SECOND // 10
        if time and not line.canonical and (line.typed or not line.characters[VMIN]):
            deadline = Deadline(Base.UPTIME, kernel.time.uptime_ns + time)
        return kernel.block(
            lambda: "input", self._readers, deadline=deadline, on_timeout=lambda thread: self._time_out(kernel, thread)
        )

    def _time_out(self, kernel: Kernel, thread: Thread) -> None:
        self._answered = self.line.end_line()
        kernel.wake(thread, -READ_AGAIN)

    def poll(self, kernel: Kernel, waits: bool = False) -> bool:
        """Look for input that blocked readers wait for, and wake them for it; whether it did."""
        if not len(self._readers):
            return False
        before = len(self.line.typed)
        self._answered = self._answered or self._fill(kernel, 1, waits)
        if not self._answered and (self.line.canonical or len(self.line.typed) == before):
            return False
        return kernel.wake_all(self._readers, -READ_AGAIN) > 0


def poll_input(kernel: Kernel, waits: bool) -> bool:
    """Wake those who wait for input that has come; ``waits``: wait for it, as everybody else waits. Whether it did."""
    return kernel.part(Console).poll(kernel, waits)


def _as_it_is(data: bytes) -> bytes:
    return data


def write_out(kernel: Kernel, buffer: int, size: int, processed: Callable[[bytes], bytes]) -> None:
    """Write ``size`` bytes at ``buffer`` to the machine's console, as accesses of the caller.

    In chunks, so that an absurd size costs no host memory: the first chunk that lies outside memory refuses the call.
    """
    for offset in range(0, size, CHUNK):
        data = kernel.memory.load((buffer + offset) & 0xFFFF_FFFF, min(CHUNK, size - offset))
        kernel.port.console(processed(data))


@trap("console_write")
def console_write(kernel: Kernel, buffer: int, size: int) -> int:
    """printk: write ``size`` bytes, past the terminal's settings; before the kernel has booted there is none yet."""
    if kernel.booted:
        return kernel.part(Console).show(kernel, buffer, size, _as_it_is)
    write_out(kernel, buffer, size, _as_it_is)
    return size


@trap("console_getchar")
def console_getchar(kernel: Kernel) -> int:
    """getchark(): the next byte of the input as it is, -1 where there is none."""
    line = kernel.part(Console).line
    ready = line.take(1)
    byte = ready[0] if ready else kernel.port.receive(False)
    return -1 if byte is None else byte
