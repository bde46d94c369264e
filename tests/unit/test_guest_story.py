"""What reports say of the stacks of a kernel's threads. [emulator/kernels/guest_story.py]"""

import pytest

from emulator.armv7m.core import Registers
from emulator.image.image import Image
from emulator.kernels.guest_data import GuestData
from emulator.kernels.guest_story import GuestStory
from emulator.kernels.kernel import KernelThread, Stack


class OneSwitchedOut:
    """A kernel with one thread, which was switched out with SP at ``sp``, and has a stack for calls, too."""

    name = "Kernel"

    def __init__(self, sp: int) -> None:
        registers = Registers()
        registers.control, registers.psp = 2, sp
        self._registers = registers

    def running(self) -> int | None:
        return None

    def threads(self) -> list[KernelThread]:
        return [
            KernelThread(
                id=0x2000_0100, name="user", state="sleeps", priority=1, stack=Stack(0x2000_1000, 0x200),
                registers=self._registers, other_stacks=(Stack(0x2000_0200, 0x80),),
            )
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("sp", "remarks"),
    [
        (0x2000_1100, []),
        (0x2000_0240, []),  # within a call of the kernel
        (0x2000_0280, []),
        (0x2000_0FF0, ["the stack pointer of user was 16 bytes below its stack when it was switched out"]),
        (0x2000_01F8, ["the stack pointer of user was 3,592 bytes below its stack when it was switched out"]),
    ],
)
def test_a_thread_within_a_call_of_its_kernel_has_not_left_its_stack(sp: int, remarks: list[str]) -> None:
    data = GuestData(lambda address, size: bytes(size), Image.__new__(Image))
    assert GuestStory(OneSwitchedOut(sp), data, Registers(), None).remarks() == remarks
