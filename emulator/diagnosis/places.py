"""Where the second run is, and what a word of it is, in words: functions with their lines, callers, objects, texts."""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import ExceptionNumber, exception_name
from emulator.bits import WORD_MASK
from emulator.debuginfo.source import shown_source
from emulator.diagnosis.replay import Replay
from emulator.image.cxx_names import readable
from emulator.image.image import Image
from emulator.trace.address_words import register_name
from emulator.trace.backtrace import Backtrace, Frame, backtrace
from emulator.trace.own_code import called_library, is_header, is_library, own_frame
from emulator.trace.variable_words import local_at, object_words

SHOWN_TEXT, LEAST_TEXT = 24, 4
ASKED = 4
"""Frames whose code is asked for the parts of an object: a library does not know the program's."""
LIBRARY = frozenset((
    *("memcpy", "memmove", "memset", "memccpy", "mempcpy", "bcopy", "bzero", "strcpy", "strncpy", "strcat", "strncat"),
    *("strlcpy", "strlcat", "stpcpy", "strlen", "strnlen", "strcmp", "strncmp", "strchr", "strrchr", "strstr"),
    *("strtok", "strdup", "sprintf", "snprintf", "vsprintf", "vsnprintf", "printf", "puts", "putchar", "malloc"),
    *("free", "calloc", "realloc", "_malloc_r", "_free_r", "_calloc_r", "_realloc_r", "__aeabi_memcpy"),
    *("__aeabi_memcpy4", "__aeabi_memcpy8", "__aeabi_memmove", "__aeabi_memset", "__aeabi_memclr", "qsort", "bsearch"),
    *("fgets", "gets", "fread", "fwrite", "sscanf", "scanf", "atoi", "strtol", "_vfprintf_r", "_svfprintf_r"),
    *("_svfiprintf_r", "_vfiprintf_r", "_printf_i", "_printf_common", "__ssputs_r", "__ssprint_r", "__swbuf_r"),
    *("_sbrk_r", "_sbrk", "__malloc_lock", "__malloc_unlock"),
))  # fmt: skip
"""Functions of C libraries that a program without line numbers is not to be blamed for."""


_ALLOCATORS = ("malloc", "calloc", "realloc", "memalign", "posix_memalign", "aligned_alloc", "free")
ALLOCATORS = frozenset((*_ALLOCATORS, *(f"__wrap_{name}" for name in _ALLOCATORS), "_sbrk", "sbrk"))


class Where(NamedTuple):
    """``place`` of an instruction; ``caller``: the program's own frame that led there, '' where it is that itself.

    ``library`` is the function of a library that that frame called, where ``place`` is in one.
    ``allocator`` is the function of the heap that was called, '' where it is in none. ``outer`` is the program's own
    frame that called the program's own one, '' where none is known. ``frame`` is the function whose stack frame it is
    where the innermost one is inlined, '' where that is itself.
    """

    place: str
    caller: str
    library: str
    thread: str
    allocator: str
    outer: str
    frame: str

    @property
    def words(self) -> str:
        """Return ``rename_device (station.c:30), in memcpy``."""
        return f"{self.caller}, in {self.library.removeprefix('__wrap_')}" if self.caller else self.place

    @property
    def owner(self) -> str:
        """Return the program's own frame, with the one of its own that called it."""
        own = self.caller or self.place
        return f"{own}, called by {self.outer}," if self.outer else own

    @property
    def call(self) -> str:
        """Return ``words`` with who called the program's own function."""
        return f"{self.words}, called by {self.outer}," if self.outer else self.words


def where_is(replay: Replay) -> Where:
    """Return where the second run is now."""
    machine, story = replay.machine, replay.story
    registers = machine.registers
    frames = backtrace(registers, machine.image, machine.peek)
    inner = frames.frames[0]
    own = _own(frames)
    if own is not None and registers.ipsr >= ExceptionNumber.PENDSV:  # it, SysTick and interrupts come when they come
        began = frames.frames[: frames.frames.index(own) + 1]
        own = None if any(one.exception for one in began) else own  # what was interrupted has not called the handler
    caller = "" if own is None or own is inner else frame_words(own)
    ipsr = registers.ipsr
    thread = "" if story is None else story.subject
    if ipsr:
        thread = f"the {exception_name(ipsr)} handler"
    asked = [one.symbol for one in frames.frames if one.symbol in ALLOCATORS]
    allocator = asked[-1] or "" if asked else ""
    library = "" if own is None else called_library(frames, frames.frames.index(own))
    library = library or frame_words(inner).partition(" (")[0].partition("+")[0]
    return Where(frame_words(inner), caller, library, thread, allocator, _outer(frames, own), _holder(frames))


def _holder(frames: Backtrace) -> str:
    """Return the function that the innermost frame is inlined into, '' where it is not."""
    if not frames.frames[0].inlined:
        return ""
    return next((frame_words(frame) for frame in frames.frames if not frame.inlined), "")


def _outer(frames: Backtrace, own: Frame | None) -> str:
    """Return the program's own frame with a line that called, or was interrupted by, the frame ``own``."""
    if own is None:
        return ""
    place = next(number for number, frame in enumerate(frames.frames) if frame is own)
    for frame in frames.frames[place + 1 :]:
        if frame.exception or frame.guessed or frame.relation or not frame.line:
            return ""
        if not is_library(frame):
            words = frame_words(frame)
            if words != frame_words(own):  # a destructor that deletes, too, is two functions of one line
                return words
        elif not is_header(frame):
            return ""  # who called the C library is not who called what that calls
    return ""


def _own(frames: Backtrace) -> Frame | None:
    found = own_frame(frames)
    if found is not None:
        return found
    return next((one for one in frames.frames if one.symbol is not None and one.symbol not in LIBRARY), None)


def frame_words(frame: Frame) -> str:
    """Return ``rename_device (station.c:30)``, ``memcpy+0x1c`` without a line, the address without a function."""
    if frame.line:
        name = frame.function or readable(frame.symbol or "") or f"0x{frame.pc:08x}"
        return f"{name} ({shown_source(frame.path)}:{frame.line})"
    if frame.symbol is None:
        return f"0x{frame.pc:08x}"
    symbol = readable(frame.symbol)
    return f"{symbol}+0x{frame.offset:x}" if frame.offset else symbol


def code_words(image: Image, pc: int) -> str:
    """Return where the instruction at ``pc`` is, as ``frame_words``."""
    chain = image.source_frames(pc)
    line = image.source_line(pc)
    symbol = image.symbols.find_code(pc, chain[-1].function if chain else "")
    if chain and chain[0].line:
        name = chain[0].function or (readable(symbol.name) if symbol else "")
        return f"{name} ({shown_source(chain[0].path)}:{chain[0].line})"
    if line is not None and symbol is not None:
        return f"{readable(symbol.name)} ({shown_source(line.path)}:{line.line})"
    return image.symbols.describe(pc)


def value_words(replay: Replay, value: int, size: int = 4) -> str:
    """Return a value, with the text that its bytes are, or the function whose address it is.

    The addresses of much RAM begin with a blank, and are none.
    """
    shown = f"0x{value:0{2 * size}x}"
    data = value.to_bytes(size, "little")
    if size > 1 and is_text(data) and (size < 4 or not is_ram(replay, value)):
        return f'{shown} ("{data.decode("latin-1")}")'
    if size == 4 and value & 1:
        symbol = replay.machine.image.symbols.find_code(value & ~1)
        if symbol is not None and symbol.address & ~1 == value & ~1:
            return f"{shown} ({symbol.name})"
    return shown


def number_words(replay: Replay, value: int) -> str:
    """Return a value as ``value_words``, or with the object of the program's that it is the address of."""
    name = object_name(replay.machine.image, value) if is_ram(replay, value) else ""
    return f"0x{value:08x} ({name})" if name else value_words(replay, value)


def is_ram(replay: Replay, address: int) -> bool:
    """Whether the board has RAM at ``address``."""
    return any(start <= address < start + size for start, size in replay.machine.ram)


def is_text(data: bytes) -> bool:
    """Whether all of ``data`` can be printed."""
    return bool(data) and all(0x20 <= byte < 0x7F for byte in data)


def text_at(replay: Replay, address: int, size: int) -> str:
    """Return the text that ``size`` bytes at ``address`` are of, or end, in quotes behind a blank; '' for no text."""
    if size == 1 and replay.peek(address, 1) == b"\0":
        address -= 1
    found = _row(replay, address, -1) + _row(replay, address + 1, 1)[: max(0, size - 1) + SHOWN_TEXT // 2]
    return f' ("{found.decode("latin-1")}")' if len(found) >= LEAST_TEXT else ""


def _row(replay: Replay, address: int, step: int) -> bytes:
    """Return the bytes of text from ``address`` on in one direction, SHOWN_TEXT at the most."""
    found = b""
    while len(found) < SHOWN_TEXT:
        byte = replay.peek(address + step * len(found) & WORD_MASK, 1)
        if byte is None or not is_text(byte):
            break
        found = found + byte if step > 0 else byte + found
    return found


def object_name(image: Image, address: int) -> str:
    """Return ``station+0x8`` of memory, '' where no object of the program's is."""
    found = image.symbols.find_object(address)
    if found is None:
        return ""
    name = readable(found.name)
    return f"{name}+0x{address - found.address:x}" if address != found.address else name


def name_at(replay: Replay, address: int, pc: int) -> str:
    """Return ``station.name[4]`` as the code at ``pc``, where the replay is, knows it; '' where nothing has a name."""
    machine = replay.machine
    held = object_name(machine.image, address)
    if held:
        callers = backtrace(machine.registers, machine.image, machine.peek).frames[1:ASKED]
        codes = [pc, *(frame.pc - 2 for frame in callers if not frame.inlined)]
        names = (object_words(machine.image, address, code) for code in codes)
        return next((name for name in names if name), held)
    local = local_at(machine.registers, machine.image, machine.peek, address)
    return "" if local is None else local.words


def named_memory(replay: Replay, address: int, pc: int) -> str:
    """Return ``station.name[4] (0x20001008)`` as ``name_at``, or the bare address."""
    name = name_at(replay, address, pc)
    if name.endswith(")"):  # ``text of show (main.c:12, 0x20001008)``
        return f"{name[:-1]}, 0x{address:08x})"
    return f"{name} (0x{address:08x})" if name else memory_words(replay.machine.image, address)


def memory_words(image: Image, address: int) -> str:
    """Return ``station+0x8 (0x20001008)``, ``0x000001a2, in serve (main.c:28)`` of code, or the bare address."""
    name = object_name(image, address)
    if name:
        return f"{name} (0x{address:08x})"
    register = register_name(address)
    if register:
        return f"{register} (0x{address:08x})"
    symbol = image.symbols.find_code(address)
    is_code = symbol is not None and symbol.is_function and address < symbol.address + symbol.size
    return f"0x{address:08x}, in {code_words(image, address)}" if is_code else f"0x{address:08x}"
