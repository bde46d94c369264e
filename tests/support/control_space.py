"""A System Control Space on a bench: a clock that the test turns, hooks that write down what they were told."""

from __future__ import annotations

from emulator.armv7m.core import CoreConfig
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import Fault, FaultStatus
from emulator.armv7m.mpu import MPU
from emulator.armv7m.scs import SystemControlSpace
from emulator.armv7m.scs_hooks import Hooks, Masks
from emulator.armv7m.systick import SysTickClocks
from emulator.devices.clock import VirtualClock

CORTEX_M3 = CoreConfig("cortex-m3", cpuid=0x412F_C231, has_fpu=False, priority_bits=3)
CORTEX_M4 = CoreConfig("cortex-m4", cpuid=0x410F_C241, has_fpu=False, priority_bits=4)
CORTEX_M4F = CoreConfig("cortex-m4f", cpuid=0x410F_C241, has_fpu=True, priority_bits=8)
CORTEX_M7 = CoreConfig("cortex-m7", cpuid=0x411F_C272, has_fpu=True, mpu_regions=16, priority_bits=8)


class BenchClock(VirtualClock):
    """Virtual time that moves when the test says so, and makes the calls that fall due on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0
        self.counter = lambda: self.time

    def pass_by(self, cycles: int) -> None:
        """Let ``cycles`` go by; each scheduled call is made exactly when it is due."""
        end = self.time + cycles
        while self.next_time() <= end:
            self.time = max(self.time, self.next_time())
            self.run_due()
        self.time = end

    def jump(self, cycles: int) -> None:
        """Let ``cycles`` go by inside one block: scheduled calls come late."""
        self.time += cycles


class Bench:
    """One core's System Control Space; ``log`` is what its hooks were told, in order."""

    def __init__(
        self,
        config: CoreConfig = CORTEX_M4F,
        systick: SysTickClocks = SysTickClocks(),  # noqa: B008 - frozen
        vtor_reset: int = 0,
    ) -> None:
        self.log: list[object] = []
        self.ipsr = 0
        self.masks = Masks(0, 0)
        self.exceptions = Exceptions(config.irq_count, config.priority_bits)
        self.faults = FaultStatus()
        self.mpu = MPU(config.mpu_regions)
        self.clock = BenchClock()
        self.hooks = Hooks(
            request_reset=lambda kind: self.log.append(kind),
            itm_write=lambda port, data: self.log.append((port, data)),
            event_register_set=lambda: self.log.append("event"),
            state_changed=lambda: self.log.append("state"),
            configuration_changed=lambda: self.log.append("configuration"),
            ipsr=lambda: self.ipsr,
            masks=lambda: self.masks,
        )
        self.scs = SystemControlSpace(
            config, self.exceptions, self.faults, self.mpu, self.clock, self.hooks, systick, vtor_reset
        )

    def load(self, address: int, size: int = 4, privileged: bool = True) -> int:
        """Read a register; a refused access fails the test."""
        value = self.scs.read(address, size, privileged)
        assert not isinstance(value, Fault), value
        return value

    def store(self, address: int, value: int, size: int = 4, privileged: bool = True) -> None:
        """Write a register; a refused access fails the test."""
        assert self.scs.write(address, size, value, privileged) is None

    def pending(self, exception: int) -> bool:
        """Whether ``exception`` is pending."""
        return self.exceptions.is_pending(exception)
