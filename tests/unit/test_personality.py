"""RTEMS put together: what the APIs keep of a kernel, and which modules serve the traps."""

from __future__ import annotations

from support.fake_port import FakeGuest, configuration

from rtems_shim import personality
from rtems_shim.abi import layouts
from rtems_shim.core.dispatch import HANDLERS
from rtems_shim.files.files import Files
from rtems_shim.files.terminal import Console
from rtems_shim.posix.signals import Signals


def test_each_part_has_a_class_of_its_own() -> None:
    """Two of one class: the second would be found for both."""
    parts = personality.make_parts(configuration())
    assert len({type(part) for part in parts}) == len(parts) > 10


def test_a_kernel_that_boots_again_has_new_parts() -> None:
    kernel = FakeGuest().kernel
    signals = kernel.part(Signals)
    signals.pending = 4
    kernel.power_up()
    kernel.configure(layouts.CONFIGURATION.pack(**configuration()))
    assert kernel.part(Signals) is not signals
    assert kernel.part(Signals).pending == 0


def test_the_console_of_the_descriptors_is_the_one_that_a_tick_looks_at() -> None:
    kernel = FakeGuest().kernel
    opened = kernel.part(Files).get(0)
    assert opened is not None and opened.file is kernel.part(Console)


def test_every_handler_is_in_a_module_that_the_personality_names() -> None:
    named = {module.__name__ for module in personality.HANDLED_IN}
    assert {served.handler.__module__ for served in HANDLERS.values()} == named
