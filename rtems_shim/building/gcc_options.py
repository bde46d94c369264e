"""Reads a command line as gcc does, as far as one must to know what it will do: its inputs, and whether it links.

gcc itself gets the command line as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from emulator.annotations import NamedTuple

_MAKES_NO_PROGRAM = frozenset(
    ("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-r", "--compile", "--assemble", "--preprocess")
)
_ONLY_TELLS = ("--help", "--version", "--target-help", "-dump", "-print-", "--print-")
_WITH_VALUE = frozenset(
    (
        *("-o", "-I", "-D", "-U", "-L", "-T", "-MF", "-MT", "-MQ", "-A", "-B", "-e", "-u", "-z", "--param", "--output"),
        *("-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-isysroot", "-iprefix", "-iwithprefix"),
        *("-iwithprefixbefore", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-aux-info", "-wrapper", "-specs"),
        *("-dumpbase", "-dumpbase-ext", "-dumpdir", "-Tbss", "-Tdata", "-Ttext"),
    )
)
"""Options whose value is the next word. (-x and -l too, which say something about inputs.)"""
_CPLUSPLUS = frozenset((".cc", ".cp", ".cxx", ".cpp", ".CPP", ".c++", ".C", ".ii"))
_HEADERS = frozenset((".h", ".hh", ".H", ".hp", ".hxx", ".hpp", ".HPP", ".h++", ".tcc"))
_NO_CPLUSPLUS = frozenset((".c", ".i", ".s", ".S", ".sx"))
_SCRIPT = ("-T", "-dT", "--script")
_SECTION_ADDRESSES = ("-Tbss", "-Tdata", "-Ttext")
_RESPONSE_FILES = 100
"""Response files that are read: one may name itself."""


class Input(NamedTuple):
    """A file, ``-`` or ``-lNAME``; ``language`` is what -x says of it, empty where its name decides."""

    name: str
    language: str

    @property
    def is_header(self) -> bool:
        """Whether gcc precompiles it."""
        return self.language.endswith("-header") or (not self.language and Path(self.name).suffix in _HEADERS)

    @property
    def may_be_cplusplus(self) -> bool:
        """Whether it is C++ or, an object or a library, may come of it."""
        if self.language:
            return "c++" in self.language
        return Path(self.name).suffix not in _NO_CPLUSPLUS

    @property
    def is_cplusplus(self) -> bool:
        """Whether it is C++ source."""
        return "c++" in self.language or (not self.language and Path(self.name).suffix in _CPLUSPLUS)


def expanded(arguments: list[str], cwd: Path | None = None) -> list[str]:
    """Return ``arguments`` with the words of ``@FILE`` in its place, where there is such a file in ``cwd``."""
    left = [_RESPONSE_FILES]
    return list(_expand(arguments, cwd or Path(), left))


def _expand(arguments: list[str], cwd: Path, left: list[int]) -> Iterator[str]:
    for argument in arguments:
        words = None
        if argument.startswith("@") and left[0] > 0:
            left[0] -= 1
            words = _words(cwd / argument[1:])
        if words is None:
            yield argument
        else:
            yield from _expand(words, cwd, left)


def _words(path: Path) -> list[str] | None:
    try:
        return shlex.split(path.read_text())
    except (OSError, ValueError):
        return None


def inputs(arguments: list[str]) -> list[Input]:
    """Return what is compiled or linked."""
    return _read(arguments)[1]


def links(arguments: list[str]) -> bool:
    """Whether gcc makes a program of its inputs."""
    options, files = _read(arguments)
    if any(option in _MAKES_NO_PROGRAM or option.startswith(_ONLY_TELLS) for option in options):
        return False
    return any(not file.is_header for file in files)


def _read(arguments: list[str]) -> tuple[list[str], list[Input]]:
    """Return the options, without the words that are their values, and the inputs."""
    options: list[str] = []
    files: list[Input] = []
    language, words = "", iter(arguments)
    for word in words:
        if word == "-" or not word.startswith("-"):
            files.append(Input(word, language))
        elif word.startswith("-l"):
            files.append(Input(word if word != "-l" else f"-l{next(words, '')}", ""))
        elif word.startswith("-x"):
            language = word[2:] or next(words, "")
            language = "" if language == "none" else language
        else:
            options.append(word)
            if word in _WITH_VALUE:
                next(words, None)
    return options, files


def names_linker_script(arguments: list[str]) -> bool:
    """Whether the caller brings a linker script."""
    words = [part for word in arguments for part in (word.split(",") if word.startswith("-Wl,") else [word])]
    return any(word.startswith(_SCRIPT) and not word.startswith(_SECTION_ADDRESSES) for word in words)
