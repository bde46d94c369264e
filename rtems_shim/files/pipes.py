"""Pipes and FIFOs: bytes that one opening writes and another one reads, in their order.

A pipe holds PIPE_BUF bytes. Reads and writes are the caller's own accesses: who waits makes its call again when there
are bytes, or room. A write of at most PIPE_BUF bytes is not torn; a longer one goes on as the readers make room.
State: ``Pipe``: the bytes, how many openings read and write it, who waits, and how far a long write has come.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EFAULT, EINVAL, ENFILE, ENOSYS, ENXIO, EPIPE
from rtems_shim.core.dispatch import trap
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.files.file_objects import S_IFIFO, FileObject, OpenFile
from rtems_shim.files.files import O_NONBLOCK, O_RDONLY, O_WRONLY, Files

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

PIPE_BUF = 512
FIONREAD = 0x4004_667F
PIPE_PERMISSIONS = 0o600


class Pipe(FileObject):
    """A pipe; one with a name in the tree is a FIFO."""

    kind = S_IFIFO

    def __init__(self, permissions: int) -> None:
        super().__init__(permissions)
        self._bytes = bytearray()
        self._readers = 0
        self._writers = 0
        self._waiting_readers = WaitQueue()
        self._waiting_writers = WaitQueue()
        self._opening = WaitQueue()  # of those that wait for the other end
        self._written: dict[Thread, int] = {}  # bytes of its write that a waiting thread has written

    # -- openings ------------------------------------------------------------------------------------------------

    def opened(self, opening: OpenFile) -> None:
        """One more end."""
        self._readers += opening.readable
        self._writers += opening.writable

    def closed(self, kernel: Kernel, opening: OpenFile) -> None:
        """One end fewer: who waits for it learns; without any end the bytes are gone."""
        self._readers -= opening.readable
        self._writers -= opening.writable
        if not self._readers:
            self._call_again(kernel, self._waiting_writers)
        if not self._writers:
            self._call_again(kernel, self._waiting_readers)
        if not self._readers and not self._writers:
            self._bytes.clear()

    @property
    def is_unused(self) -> bool:
        """Whether it has no end: on RTEMS it then has no memory either."""
        return not self._readers and not self._writers

    def may_open(self, opening: OpenFile) -> int:
        """Return -ENXIO for a writer that must not wait where nobody reads, else 0."""
        only_writes = opening.writable and not opening.readable
        return -ENXIO if only_writes and opening.flags & O_NONBLOCK and not self._readers else 0

    def meet(self, kernel: Kernel, opening: OpenFile, fd: int) -> int | None:
        """The FIFO is open as ``fd``: return that once there is the other end, too, or None: the caller waits."""
        for thread in list(self._opening):
            assert thread.wait is not None
            waiting_fd, wants_writer = thread.wait.data
            if opening.writable if wants_writer else opening.readable:
                kernel.wake(thread, waiting_fd, kernel.executing)
        there = self._readers if opening.writable else self._writers
        if there or opening.flags & O_NONBLOCK or (opening.readable and opening.writable):
            return fd
        what = "a reader" if opening.writable else "a writer"
        return kernel.block(lambda: f"{what} of a FIFO", self._opening, data=(fd, opening.readable))

    # -- bytes ---------------------------------------------------------------------------------------------------

    def would_block(self, kernel: Kernel, size: int) -> bool:
        """Whether a read has to wait: the pipe is empty, and somebody may still write."""
        return not self._bytes and self._writers > 0

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int | None:
        """Copy what there is, at most ``size`` bytes; 0 where nobody writes any more."""
        if self.would_block(kernel, size):
            return kernel.block(lambda: "bytes in a pipe", self._waiting_readers)
        data = bytes(self._bytes[:size])
        if data:
            kernel.memory.store(buffer, data)
            del self._bytes[: len(data)]
            self._call_again(kernel, self._waiting_writers)
        return len(data)

    def write(self, kernel: Kernel, position: int, buffer: int, size: int, waits: bool = True) -> int | None:
        """Append ``size`` bytes, in pieces where they are more than PIPE_BUF; -EPIPE where nobody reads."""
        thread = kernel.executing
        done = self._written.pop(thread, 0)
        if not self._readers:
            return done or -EPIPE
        room = PIPE_BUF - len(self._bytes)
        piece = min(size - done, room)
        if piece and (piece == size or size > PIPE_BUF):
            self._bytes += kernel.memory.load(buffer + done, piece)
            done += piece
            self._call_again(kernel, self._waiting_readers)
        if done == size:
            return size
        if not waits:
            return done or -EAGAIN
        self._written[thread] = done
        return kernel.block(lambda: "room in a pipe", self._waiting_writers)

    def ioctl(self, kernel: Kernel, command: int, argument: int) -> int:
        """FIONREAD: how many bytes there are."""
        if command != FIONREAD:
            return -EINVAL
        if not argument:
            return -EFAULT
        kernel.memory.store_word(argument, len(self._bytes))
        return 0

    @staticmethod
    def _call_again(kernel: Kernel, queue: WaitQueue) -> None:
        kernel.wake_all(queue, -layouts.READ_AGAIN)


def are_configured(kernel: Kernel) -> bool:
    """Whether the application asks for them: CONFIGURE_IMFS_ENABLE_MKFIFO."""
    return bool(kernel.configuration["flags"] & layouts.CONFIG_FIFOS)


@trap("pipe")
def pipe(kernel: Kernel, descriptors: int) -> int:
    """pipe(): one descriptor to read from, and one to write to."""
    if not descriptors:
        return -EFAULT
    if not are_configured(kernel):
        return -ENOSYS
    files = kernel.part(Files)
    numbers = files.free_descriptors()[:2]
    if len(numbers) < 2:
        return -ENFILE
    made = Pipe(PIPE_PERMISSIONS)
    ends = (OpenFile(made, True, False, O_RDONLY), OpenFile(made, False, True, O_WRONLY))
    kernel.memory.store(descriptors, b"".join(number.to_bytes(4, "little") for number in numbers))
    for number, end in zip(numbers, ends, strict=True):
        files.install(number, end)
    return 0
