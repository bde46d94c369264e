"""Capstone's shared library, without the Python package around it, whose import takes longer than making a report.

Five functions of the library's C interface are used, with the numbers and the structure of <capstone/capstone.h>,
version 5.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.machinery import PathFinder

from emulator.errors import InternalError

DIRECTORY_VARIABLE = "LIBCAPSTONE_PATH"
"""Names a directory with another build of the library, as it does for the package."""
_FILE_NAMES = {"darwin": "libcapstone.dylib", "win32": "capstone.dll", "cygwin": "cygcapstone-4.dll"}
_MAJOR_VERSION = 5

_ARCH_ARM = 0
_MODE_THUMB, _MODE_MCLASS = 1 << 4, 1 << 5
_OPT_SYNTAX, _OPT_SYNTAX_NOREGNAME = 1, 3


class _Insn(ctypes.Structure):
    """cs_insn."""

    _fields_ = [
        ("id", ctypes.c_uint),
        ("address", ctypes.c_uint64),
        ("size", ctypes.c_uint16),
        ("bytes", ctypes.c_uint8 * 24),
        ("mnemonic", ctypes.c_char * 32),
        ("op_str", ctypes.c_char * 160),
        ("detail", ctypes.c_void_p),
    ]


def _load() -> ctypes.CDLL:
    """Load the library: the one the user names, the package's own, or the system's."""
    name = _FILE_NAMES.get(sys.platform, "libcapstone.so")
    package = PathFinder.find_spec("capstone")
    folders = [os.environ.get(DIRECTORY_VARIABLE), *((package and package.submodule_search_locations) or [])]
    places = [place for folder in folders if folder for place in (f"{folder}/{name}", f"{folder}/lib/{name}")]
    for place in [*places, name, f"{name}.{_MAJOR_VERSION}"]:
        try:
            library = ctypes.CDLL(place)
        except OSError:
            continue
        if library.cs_version(None, None) >> 8 == _MAJOR_VERSION:
            return library
    raise InternalError(f"the library {name} of the package capstone, version {_MAJOR_VERSION}, cannot be loaded")


class Disassembler:
    """Decodes Thumb code of the M profile. Registers are named r9 to r12 as in the manual, not sb, sl, fp and ip."""

    def __init__(self) -> None:
        library = _load()
        self._handle = ctypes.c_size_t()
        status = library.cs_open(_ARCH_ARM, _MODE_THUMB | _MODE_MCLASS, ctypes.byref(self._handle))
        if status:
            raise InternalError(f"the disassembler answered error {status}")
        library.cs_option(self._handle, _OPT_SYNTAX, ctypes.c_size_t(_OPT_SYNTAX_NOREGNAME))
        self._disasm, self._free = library.cs_disasm, library.cs_free
        self._disasm.restype = ctypes.c_size_t

    def decode(self, code: bytes, address: int) -> list[tuple[int, int, str, str]]:
        """Return (address, size, mnemonic, operands) of the instructions of ``code`` up to the first that is none."""
        found = ctypes.POINTER(_Insn)()
        count = self._disasm(
            self._handle, code, ctypes.c_size_t(len(code)), ctypes.c_uint64(address), ctypes.c_size_t(0),
            ctypes.byref(found),
        )  # fmt: skip
        decoded = [(i.address, i.size, i.mnemonic.decode("ascii"), i.op_str.decode("ascii")) for i in found[:count]]
        if count:
            self._free(found, ctypes.c_size_t(count))
        return decoded
