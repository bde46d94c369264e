"""Unicorn's shared library and its constants, without the Python package around them.

Importing the package takes longer than many a program runs: it sets up every architecture and looks for resources.
The machine needs a dozen functions of the library, so it loads that itself, and executes the package's two files of
constants. What is installed decides the numbers; nothing is copied here.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder, SourceFileLoader
from types import ModuleType

from emulator.errors import InternalError

LIBRARY_VARIABLE = "LIBUNICORN_PATH"
"""Names a directory with another build of the library, as it does for the package."""
_FILE_NAMES = {"darwin": "libunicorn.2.dylib", "win32": "unicorn.dll", "cygwin": "cygunicorn.dll"}


def _package_directory() -> str:
    spec = PathFinder.find_spec("unicorn")
    if spec is None or not spec.submodule_search_locations:
        raise InternalError("the package unicorn is not installed")
    return spec.submodule_search_locations[0]


def _constants(directory: str, name: str) -> ModuleType:
    module = ModuleType(f"{__name__}.{name}")
    SourceFileLoader(module.__name__, os.path.join(directory, f"{name}.py")).exec_module(module)
    return module


def _bound_lazily(path: str) -> ctypes.CDLL:
    """Load the library at ``path`` so that it looks its functions up when it first calls them. Raises OSError.

    ctypes has all of the library's 8,000 looked up at once, of which a run calls a few hundred.
    """
    if sys.platform == "win32":
        return ctypes.CDLL(path)
    load = ctypes.CDLL(None).dlopen
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    handle = load(os.fsencode(path), os.RTLD_LAZY)
    if not handle:
        raise OSError(f"{path} cannot be loaded")
    return ctypes.CDLL(path, handle=handle)


def _load(directory: str) -> ctypes.CDLL:
    """Load the library: the one the user names, the package's own, or the system's."""
    name = _FILE_NAMES.get(sys.platform, "libunicorn.so.2")
    named = os.environ.get(LIBRARY_VARIABLE)
    places = [*([os.path.join(named, name)] if named else []), os.path.join(directory, "lib", name), name]
    for place in places:
        try:
            return _bound_lazily(place)
        except OSError:
            continue
    raise InternalError(f"the library {name} of the package unicorn cannot be loaded")


_DIRECTORY = _package_directory()
arm_const = _constants(_DIRECTORY, "arm_const")
unicorn_const = _constants(_DIRECTORY, "unicorn_const")
uclib = _load(_DIRECTORY)
fast_uclib = ctypes.PyDLL(uclib._name)
"""The same library without releasing the GIL around every short call."""


class TlbEntry(ctypes.Structure):
    """uc_tlb_entry."""

    _fields_ = [("paddr", ctypes.c_uint64), ("perms", ctypes.c_int)]


BLOCK_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)
INTERRUPT_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)
FILL_HOOK = ctypes.CFUNCTYPE(
    ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int, ctypes.POINTER(TlbEntry), ctypes.c_void_p
)
PROT_HOOK = ctypes.CFUNCTYPE(
    ctypes.c_bool, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
)
READ_HOOK = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_void_p)
WRITE_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, ctypes.c_void_p)

TLB_FLUSH = ctypes.c_int(unicorn_const.UC_CTL_TLB_FLUSH | 0 << 26 | unicorn_const.UC_CTL_IO_WRITE << 30)
"""UC_CTL(type, nr, rw) of unicorn.h: no arguments, write."""


def address_of(function: object) -> int:
    """Return the address of a ctypes function or callback."""
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert address is not None
    return address


def function_address(name: str) -> int:
    """Return the address of a function of the library that is not of its interface, 0 where there is none."""
    try:
        return address_of(fast_uclib[name])
    except AttributeError:
        return 0


class UcError(Exception):
    """A call of the library failed; ``number`` is its uc_err."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the engine answered error {number}")
        self.number = number


class _TranslatedBlock(ctypes.Structure):
    _fields_ = [("pc", ctypes.c_uint64), ("icount", ctypes.c_uint16), ("size", ctypes.c_uint16)]


def _checked(status: int) -> None:
    if status:
        raise UcError(status)


def _control_code(control: int, direction: int, arguments: int) -> ctypes.c_int:
    """Return UC_CTL(type, nr, rw) of unicorn.h."""
    return ctypes.c_int(direction << 30 | arguments << 26 | control)


class UcContext:
    """The registers of the engine ``uc``, as they were."""

    def __init__(self, uc: ctypes.c_void_p) -> None:
        self.handle = ctypes.c_void_p()
        _checked(uclib.uc_context_alloc(uc, ctypes.byref(self.handle)))

    def __del__(self) -> None:
        if self.handle and not sys.is_finalizing():
            uclib.uc_context_free(self.handle)


class Uc:
    """One instance of the engine, with the calls that the machine makes.

    Most methods have the names and arguments of the package's class. ``handle`` is for calls made directly. Each
    raises UcError when the library refuses.
    """

    def __init__(self, architecture: int, mode: int, cpu_model: int) -> None:
        self.handle = ctypes.c_void_p()
        self._code_hooks: dict[int, tuple[int, ...]] = {}
        _checked(uclib.uc_open(ctypes.c_int(architecture), ctypes.c_int(mode), ctypes.byref(self.handle)))
        self._write(unicorn_const.UC_CTL_CPU_MODEL, ctypes.c_int(cpu_model))

    def __del__(self) -> None:
        if self.handle and not sys.is_finalizing():  # the end of the process frees it faster
            uclib.uc_close(self.handle)

    def _write(self, control: int, *arguments: object) -> None:
        code = _control_code(control, unicorn_const.UC_CTL_IO_WRITE, len(arguments))
        _checked(uclib.uc_ctl(self.handle, code, *arguments))

    def ctl_set_tlb_mode(self, mode: int) -> None:
        """Choose between the CPU's TLB and the virtual one."""
        self._write(unicorn_const.UC_CTL_TLB_TYPE, ctypes.c_int(mode))

    def ctl_set_code_buffer_size(self, size: int) -> None:
        """Set how many bytes translated code may take; when it is full everything is translated anew."""
        self._write(unicorn_const.UC_CTL_TCG_BUFFER_SIZE, ctypes.c_uint32(size))

    def ctl_exits_enabled(self, enable: bool) -> None:
        """Choose whether runs end at the addresses of ``ctl_set_exits``."""
        self._write(unicorn_const.UC_CTL_UC_USE_EXITS, ctypes.c_int(enable))

    def ctl_set_exits(self, exits: Sequence[int]) -> None:
        """Set the addresses where runs end."""
        array = (ctypes.c_uint64 * len(exits))(*exits)
        self._write(unicorn_const.UC_CTL_UC_EXITS, ctypes.byref(array), ctypes.c_size_t(len(exits)))

    def ctl_remove_cache(self, begin: int, end: int) -> None:
        """Forget what was translated from ``begin`` up to ``end``."""
        self._write(unicorn_const.UC_CTL_TB_REMOVE_CACHE, ctypes.c_uint64(begin), ctypes.c_uint64(end))

    def ctl_flush_tb(self) -> None:
        """Forget everything that was translated."""
        self._write(unicorn_const.UC_CTL_TB_FLUSH)

    def ctl_request_cache(self, address: int) -> tuple[int, int, int]:
        """Translate the block at ``address``; return its address, its number of instructions and its size."""
        block = _TranslatedBlock()
        code = _control_code(unicorn_const.UC_CTL_TB_REQUEST_CACHE, unicorn_const.UC_CTL_IO_READ_WRITE, 2)
        _checked(uclib.uc_ctl(self.handle, code, ctypes.c_uint64(address), ctypes.byref(block)))
        return block.pc, block.icount, block.size

    def ctl_flush_tlb(self) -> None:
        """Forget every entry of the TLB (allowed inside callbacks; never refused)."""
        fast_uclib.uc_ctl(self.handle, TLB_FLUSH)

    def context_save(self) -> UcContext:
        """Return all registers, the exclusive monitor too."""
        context = UcContext(self.handle)
        _checked(uclib.uc_context_save(self.handle, context.handle))
        return context

    def context_restore(self, context: UcContext) -> None:
        """Set all registers to what they were."""
        _checked(uclib.uc_context_restore(self.handle, context.handle))

    def emu_start(self, begin: int) -> int:
        """Run from ``begin`` until a hook or an exit ends it; returns the uc_err."""
        status: int = uclib.uc_emu_start(
            self.handle, ctypes.c_uint64(begin), ctypes.c_uint64(0), ctypes.c_uint64(0), ctypes.c_size_t(0)
        )
        return status

    def emu_stop(self) -> None:
        """End the run at the end of this block (inside callbacks; never refused)."""
        fast_uclib.uc_emu_stop(self.handle)

    def hook_add(self, kind: int, function: int, data: int, begin: int = 1, end: int = 0) -> int:
        """Have the function at an address called with ``data``; returns the handle. Raises InternalError."""
        hook = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            self.handle, ctypes.byref(hook), ctypes.c_int(kind), ctypes.c_void_p(function), ctypes.c_void_p(data),
            ctypes.c_uint64(begin), ctypes.c_uint64(end),
        )  # fmt: skip
        if status:
            raise InternalError(f"the engine refused a hook (error {status})")
        if kind in (unicorn_const.UC_HOOK_BLOCK, unicorn_const.UC_HOOK_CODE):
            self._code_hooks[hook.value] = kind, function, data, begin, end
        return hook.value

    def hook_del(self, hook: int) -> None:
        """Undo ``hook_add``, between two runs."""
        self._code_hooks.pop(hook, None)
        _checked(uclib.uc_hook_del(self.handle, ctypes.c_size_t(hook)))

    def renew_code_hooks(self) -> dict[int, int]:
        """Add the hooks on blocks and instructions anew, in their order; return the new handles by the old ones.

        For each such hook Unicorn remembers every place that it translated with it, for ever.
        """
        self.ctl_flush_tb()
        hooks = dict(self._code_hooks)
        for hook in hooks:
            self.hook_del(hook)
        return {hook: self.hook_add(*arguments) for hook, arguments in hooks.items()}

    def mmio_map(self, address: int, size: int, read: int, write: int, data: int) -> None:
        """Have the functions at these addresses called, with ``data``, for accesses. Raises InternalError."""
        status = uclib.uc_mmio_map(
            self.handle, ctypes.c_uint64(address), ctypes.c_size_t(size), ctypes.c_void_p(read), ctypes.c_void_p(data),
            ctypes.c_void_p(write), ctypes.c_void_p(data),
        )  # fmt: skip
        if status:
            raise InternalError(f"the engine refused the window (error {status})")

    def mem_map_ptr(self, address: int, size: int, permissions: int, host: int) -> None:
        """Map ``size`` bytes of this process at ``host``."""
        _checked(
            uclib.uc_mem_map_ptr(
                self.handle, ctypes.c_uint64(address), ctypes.c_uint64(size), ctypes.c_uint32(permissions),
                ctypes.c_void_p(host),
            )
        )  # fmt: skip

    def mem_protect(self, address: int, size: int, permissions: int) -> None:
        """Set the permissions of mapped memory."""
        _checked(
            uclib.uc_mem_protect(
                self.handle, ctypes.c_uint64(address), ctypes.c_uint64(size), ctypes.c_uint32(permissions)
            )
        )

    def reg_read(self, register: int) -> int:
        """Return a register of up to 64 bits."""
        value = ctypes.c_uint64()
        _checked(uclib.uc_reg_read(self.handle, ctypes.c_int(register), ctypes.byref(value)))
        return value.value
