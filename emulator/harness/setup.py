"""Which machine runs a program, and how: one value for the command, the library and test cases."""

from __future__ import annotations

from emulator.annotations import Any, NamedTuple

DEFAULT_BOARD = "mps2-an386"


class Setup(NamedTuple):
    """The options of ``v7m run`` that say what runs, by their names; ``programs`` are paths."""

    programs: tuple[str, ...]
    board: str = DEFAULT_BOARD
    ram: str | None = None
    flash: str | None = None
    uart: str | None = None
    channel: str | None = None
    imprecise_stores: bool = False
    lenient: bool = False
    mpu_backend: str = "fast"
    on_reset: str = "continue"
    load_address: tuple[int, ...] = ()
    vector_table: int | None = None
    symbols: tuple[str, ...] = ()
    input_when: str = "enabled"
    semihosting_root: str | None = None
    mode: str = "strict"
    unprivileged: bool = False
    check_isolation: bool = False
    isolation_rules: str | None = None
    stimulus: str | None = None
    os: str = "auto"
    isolate: str = "off"
    share: tuple[str, ...] = ()
    args: tuple[str, ...] = ()


CHOICES = {
    "mpu_backend": ("fast", "audit"),
    "on_reset": ("continue", "stop"),
    "mode": ("strict", "kernel-opens"),
    "os": ("auto", "none", "rtems", "freertos", "zephyr", "threadx", "rtx5"),
    "isolate": ("off", "strict", "report"),
}
"""What the fields that are not free may be."""
_TRACED = ("lenient", "imprecise_stores", "ram", "flash", "uart", "channel")


def traced_options(setup: Setup, max_instructions: int | None) -> dict[str, Any]:
    """Return the options that change what a program does, for the header of a trace. No paths."""
    found = {name: getattr(setup, name) for name in ("mode", "unprivileged", *_TRACED)}
    if setup.vector_table is not None:
        found["vector_table"] = setup.vector_table
    return {**found, "max_instructions": max_instructions, "on_reset": setup.on_reset, "args": list(setup.args)}


FIELDS = Setup._fields
