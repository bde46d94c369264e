"""v7m as a library: run a Cortex-M program and look at what it came to. docs/library.md shows how.

    >>> import v7m
    >>> v7m.run("firmware/prebuilt/hello.elf").outcome
    'success'

The names are imported when they are used, because ``python -m v7m`` needs none of them.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.errors import ConfigError, EmulatorError, GuestAccessError, ImageError
    from emulator.harness.machine import Machine, run
    from emulator.harness.result import Fault, LastWrite, Result, Share, Thread
    from emulator.trace.why import WhyStep
    from emulator.version import VERSION as __version__

__all__ = [
    "ConfigError",
    "EmulatorError",
    "Fault",
    "GuestAccessError",
    "ImageError",
    "LastWrite",
    "Machine",
    "Result",
    "Share",
    "Thread",
    "WhyStep",
    "__version__",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from emulator.version import VERSION

        return VERSION
    if name not in __all__:
        raise AttributeError(f"module v7m has no {name}")
    from emulator import errors
    from emulator.harness import machine, result

    return next(getattr(home, name) for home in (machine, result, errors) if hasattr(home, name))


def __dir__() -> list[str]:
    return __all__
