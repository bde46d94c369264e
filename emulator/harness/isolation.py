"""The audit of a session's isolation: by the kernel's rules, or by a file of rules where there is none."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.errors import ConfigError
from emulator.harness.setup import Setup
from emulator.isolation.auditor import Auditor, Rules
from emulator.machine.machine import Machine

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def audit_isolation(machine: Machine, kernel: Kernel | None, setup: Setup) -> Auditor:
    """Attach an auditor to the machine, which has its kernel and has not run. Raises ConfigError."""
    name = machine.image.name
    if not machine.mpu.regions:
        raise ConfigError(f"--check-isolation: {name} runs on a core without an MPU. Choose a board that has one.")
    auditor = Auditor(machine, _rules(machine, kernel, setup))
    auditor.attach()
    return auditor


def _rules(machine: Machine, kernel: Kernel | None, setup: Setup) -> Rules:
    if kernel is not None:
        if setup.isolation_rules is not None:
            raise ConfigError("--isolation-rules is for bare programs; the kernel of this one knows who may do what.")
        from rtems_shim.report.isolation import ThreadRules

        return ThreadRules(kernel)
    if setup.isolation_rules is None:
        raise ConfigError(
            f"--check-isolation: {machine.image.name} is a bare program. Say with --isolation-rules FILE what its "
            "tasks may do (docs/isolation.md)."
        )
    from emulator.isolation.rules_file import read_rules

    return read_rules(setup.isolation_rules, machine)
