"""Which kernel an image has, by its symbols; or why none is known. What is not understood is a bare machine."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.image.image import Image
from emulator.kernels import freertos, rtems, rtx5, threadx, zephyr
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import GuestKernel

Find = Callable[[GuestData], GuestKernel | None]


class _Kind(NamedTuple):
    """``mark`` is the symbol that says that an image has this kernel; ``needs`` what ``find`` wants besides."""

    title: str
    mark: str
    needs: str
    find: Find


KINDS = {
    "rtems": _Kind("RTEMS 6", rtems.CPUS, "debug information (-g) of _Thread_Do_dispatch", rtems.find),
    "freertos": _Kind("FreeRTOS", freertos.CURRENT, "the symbol vTaskSwitchContext", freertos.find),
    "zephyr": _Kind(
        "Zephyr", zephyr.MARK, "debug information (-g) or CONFIG_DEBUG_THREAD_INFO's table, or _kernel", zephyr.find
    ),
    "threadx": _Kind("ThreadX", threadx.CURRENT, "the symbol _tx_thread_created_ptr", threadx.find),
    "rtx5": _Kind("RTX5", rtx5.INFO, "", rtx5.find),
}
"""The kernels that are known, by their names in options."""


class Found(NamedTuple):
    """The kernel of an image; or ``warning`` says why there is none, '' where the image does not look like one."""

    kernel: GuestKernel | None
    warning: str = ""


def find_kernel(choice: str, peek: Callable[[int, int], bytes], image: Image) -> Found:
    """Return the kernel of ``image`` that ``choice`` names: a key of KINDS, or "auto" for whichever is there."""
    data = GuestData(peek, image)
    names = image.symbols.by_name
    for kind in KINDS.values() if choice == "auto" else [KINDS[choice]]:
        if kind.mark in names:
            kernel = kind.find(data)
            if kernel is not None:
                return Found(kernel)
            return Found(
                None, f"{image.name} looks like {kind.title}, but {kind.needs} is not there: its threads are unknown"
            )
        if choice != "auto":
            why = f"it has no symbol {kind.mark}" if image.symbols.symbols else "it has no symbols; give --symbols FILE"
            return Found(None, f"--os {choice}: the threads of {image.name} are unknown: {why}")
    return Found(None)
