"""Which words of a kernel change when a thread comes or goes, so that its threads need not be read at each switch.

One set of symbols for each kernel, by its name: counts of threads that exist and, where there is one, of all that were
ever made. A kernel without such words, or an image without their symbols, has none: its threads are read each time.
"""

from __future__ import annotations

from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import GuestKernel
from emulator.kernels.rtems import Rtems

_SYMBOLS = {
    "FreeRTOS": ("uxCurrentNumberOfTasks", "uxTaskNumber"),
    "ThreadX": ("_tx_thread_created_count", "_tx_thread_created_ptr"),
}


def population_words(kernel: GuestKernel, data: GuestData) -> tuple[int, ...]:
    """Return the addresses of those words, none where any is unknown."""
    if isinstance(kernel, Rtems):
        return kernel.population_words()
    found = [data.address(name) for name in _SYMBOLS.get(kernel.name, ())]
    known = [address for address in found if address is not None]
    return tuple(known) if len(known) == len(found) else ()
