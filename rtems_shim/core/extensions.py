"""What the APIs add to the kernel, which itself knows none of them."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Protocol, TypeVar
from emulator.records import dataclass

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

PartT = TypeVar("PartT")


class FindPart(Protocol):
    """``part(C)`` is the part of class C."""

    def __call__(self, kind: type[PartT], /) -> PartT:
        """Return the part. Raises KeyError where no API has it."""


@dataclass(frozen=True, slots=True)
class Extensions:
    """The APIs as the kernel sees them.

    ``make_parts`` returns, for an image's configuration, what each API keeps of a kernel that boots: one object a
    class, which ``Kernel.part`` finds.
    ``post_switch_actions`` are tried in this order with a thread that is about to run. One may divert it: it returns
    the field of the configuration that holds the entry of the guest side where the thread goes on, None for no.
    ``poll_input`` wakes those who wait for input that has come, and says whether it did; told to wait, it waits for
    the input. ``timers_due`` says whether the guest has yet to run routines of timers, which may wake anybody.
    """

    make_parts: Callable[[dict[str, int]], tuple[object, ...]]
    post_switch_actions: tuple[Callable[[Kernel, Thread], str | None], ...]
    poll_input: Callable[[Kernel, bool], bool]
    timers_due: Callable[[Kernel], bool]
