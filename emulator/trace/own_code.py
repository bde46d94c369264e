"""Which frame of a backtrace is the program's own code, and not the C library's or the kernel's.

The line tables say it where there are some: libraries are recognised by the directories that they are built in. Code
without lines is known by its name: the C library's functions, and identifiers that C reserves for implementations.
"""

from __future__ import annotations

import posixpath
import re

from emulator.debuginfo.source import shown_source
from emulator.image.cxx_names import readable
from emulator.trace.backtrace import Backtrace, Frame

_LIBRARY_PATH = re.compile(
    r"(^|/)(rtems_shim/guest|newlib|newlib-nano|libgloss|libgcc|libstdc\+\+(-v3)?|include/(.*/)?c\+\+|picolibc[^/]*)/"
)
_HEADER_PATH = re.compile(r"(^|/)include/(.*/)?c\+\+/")
_KERNEL_OR_DRIVER_PATH = re.compile(
    r"""
    (^|/)(
        [Ff]ree[Rr][Tt][Oo][Ss][^/]*/(.*/)?
            (tasks|queue|timers|list|event_groups|stream_buffer|port\w*|heap_\d|mpu_wrappers\w*|cmsis_os2?)\.[chsS]$
        | (threadx[^/]*|common|common_modules|ports)/(.*/)?txm?_\w+\.[chsS]$
        | zephyr/(arch|drivers|include|kernel|lib|modules|soc|subsys)/ | include/generated/
        | (cpukit|bsps)/
        | (RTX|RTX5|RTOS2?)/(.*/)?(rtx_\w+|irq_\w+|os_systick)\.[chsS]$
        | rtx_(delay|evflags|kernel|memory|mempool|msgqueue|mutex|semaphore|system|thread|timer)\.[ch]$
        | (STM32\w+_HAL_Driver|CMSIS|nrfx|libopencm3/lib)/
    )
    """,
    re.VERBOSE,
)
"""Where other people's kernels and the drivers of vendors have their files, in their trees and in copies of them."""
_RESERVED = re.compile(
    r"_(?!Z)[_A-Z]\w*|_\w+_r|rtems_shim_\w+|_Z(N?K?S[a-z]|nw|na|dl|da|N?K?\d+__(gnu_cxx|cxxabiv1)).*"
)
"""Names that C reserves, and those of C++'s own library: the names of other C++ only look reserved."""
_C_LIBRARY = re.compile(
    r"""
    mem(ccpy|chr|cmp|cpy|move|set|mem) | mempcpy | b(cmp|copy|zero|search) | [cm]alloc | realloc | free | qsort
    | str(n?cat|n?cpy|n?cmp|n?casecmp|r?chr|c?spn|pbrk|str|n?len|n?dup|tok|tok_r|error|lcat|lcpy|coll|xfrm)
    | str(to[dfl]|tol[ld]|toull?|ftime) | stpcpy | ato([fil]|ll) | l?l?(abs|div|round) | rand | srand
    | v?(as|f|s|sn|i|fi|si|sni)?(printf|scanf) | f?put[cs] | f?get[cs] | (put|get)char | ungetc | perror
    | f(open|close|read|write|flush|seek|tell) | setv?buf | abort | atexit | exit | raise | assert | setjmp | longjmp
    | (asc|c|gm|local|mk)time | time | clock | getenv | is(alnum|alpha|digit|print|punct|space|upper|lower|xdigit)
    | to(upper|lower) | (pow|sqrt|sin|cos|tan|exp|log|floor|ceil|fmod)f?
    """,
    re.VERBOSE,
)


def is_library(frame: Frame) -> bool:
    """Whether ``frame`` is in a library or the kernel, or in no known code at all."""
    if frame.line:
        path = shown_source(frame.path)
        return any(known.search(path) for known in (_LIBRARY_PATH, _KERNEL_OR_DRIVER_PATH))
    name = frame.function or frame.symbol or ""
    return not name or _C_LIBRARY.fullmatch(name) is not None or _RESERVED.fullmatch(name) is not None


def is_header(frame: Frame) -> bool:
    """Whether ``frame`` is of C++'s library as its headers have it: who used a template has called what that calls."""
    return bool(frame.line) and _HEADER_PATH.search(shown_source(frame.path)) is not None


def own_index(trace: Backtrace | None) -> int | None:
    """Return the index of the innermost frame that is the program's own code, None where none is known.

    Where any has a line, one with a line: code without lines beside code that has some is a library's.
    """
    frames = trace.frames if trace is not None else ()
    candidates = [index for index, frame in enumerate(frames) if not is_library(frame)]
    with_lines = [index for index in candidates if frames[index].line]
    return next(iter(with_lines or candidates), None)


def own_frame(trace: Backtrace | None) -> Frame | None:
    """Return the innermost frame that is the program's own code, None where none is known."""
    index = own_index(trace)
    return None if trace is None or index is None else trace.frames[index]


def own_callers(trace: Backtrace | None) -> list[Frame]:
    """Return the frames with lines of the program's own code that called ``own_frame``, up to a gap."""
    index = own_index(trace)
    if trace is None or index is None:
        return []
    end = trace.gap if trace.omitted else len(trace.frames)
    return [frame for frame in trace.frames[index + 1 : end] if frame.line and not is_library(frame)]


def called_library(trace: Backtrace, own: int) -> str:
    """Return the library function that the frame at index ``own`` called, '' where it is the innermost itself."""
    inner = [frame for frame in trace.frames[:own] if frame.symbol is not None or frame.inlined]
    if not inner or any(frame.exception for frame in trace.frames[1 : own + 1]):
        return ""
    return inner[-1].function or inner[-1].symbol or ""


def name_frame(frame: Frame) -> str:
    """Return ``serve (main.c:28)``, without the line where that is not known."""
    name = readable(frame.function or frame.symbol or "") or f"the code at 0x{frame.pc:08x}"
    return f"{name} ({short_line(frame)})" if frame.line else name


def short_line(frame: Frame) -> str:
    """Return the file, without directories, and the line of ``frame``."""
    return f"{posixpath.basename(shown_source(frame.path))}:{frame.line}"
