"""The parts of a machine, each made once and with the parts that it needs.

The order is that of the needs: memories, the CPU over them, the System Control Space that asks it, the rules of memory
that ask both, and the engine that runs the CPU by these rules. Devices come to the bus when all of it is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator.annotations import NamedTuple
from emulator.armv7m.core import Core, CoreConfig
from emulator.armv7m.exception_entry import raise_asynchronous
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import FaultStatus
from emulator.armv7m.mpu import MPU
from emulator.armv7m.scs import SystemControlSpace
from emulator.armv7m.scs_hooks import Hooks, Masks
from emulator.armv7m.systick import SysTickClocks
from emulator.devices.bus import Bus, MemoryBlock
from emulator.devices.clock import VirtualClock
from emulator.engine.accelerator import load as load_extension
from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine import Engine
from emulator.engine.engine_memory import EngineMemory
from emulator.engine.processor import Processor
from emulator.engine.shared_core import SharedExceptions, SharedMPU, SharedSystemControlSpace
from emulator.engine.shared_state import State
from emulator.machine.channels import Channels
from emulator.machine.fp_context import FpContext
from emulator.machine.machine_memory import MachineMemory
from emulator.machine.run_state import RunState


class Options(NamedTuple):
    """How a machine is made: ``vector_table`` is an address, ``frequency`` in Hz. See Bus for ``lenient``.

    ``audit``: the engine is to ask about every single access.
    """

    vector_table: int = 0
    frequency: int = 25_000_000
    audit: bool = False
    lenient: bool = False
    systick_clocks: SysTickClocks = SysTickClocks()


class Parts:
    """The parts of a machine with ``memories``, blocks with the addresses of their aliases, and ``channels``."""

    def __init__(
        self, config: CoreConfig, memories: Iterable[tuple[MemoryBlock, tuple[int, ...]]], options: Options,
        shared: State, channels: Channels,
    ) -> None:  # fmt: skip
        self.shared = shared
        self.clock: VirtualClock = channels.clock
        self.observers = channels.observers
        self.bus = bus = Bus(options.lenient)
        for block, aliases in memories:
            bus.add_memory(block, aliases)
        extension = load_extension()
        memory = EngineMemory(bus.blocks, bus.memory_page, bus.memory_ranges())
        self.processor = processor = Processor(config.name, memory, extension, shared)
        self.clock.counter = processor.count_executed
        self.exceptions: Exceptions
        self.mpu: MPU
        if extension is None:
            self.exceptions = Exceptions(config.irq_count, config.priority_bits)
            self.mpu = MPU(config.mpu_regions)
        else:
            self.exceptions = SharedExceptions(config.irq_count, config.priority_bits, shared)
            self.mpu = SharedMPU(config.mpu_regions, shared)
        self.state = RunState(self.exceptions, processor, self.clock)
        self.hooks = Hooks(
            request_reset=self.state.request_reset,
            itm_write=lambda port, data: channels.send(f"itm{port}", data),
            event_register_set=self._set_event_register,
            state_changed=self.state.look_soon,
            configuration_changed=self.state.configuration_changed,
            ipsr=processor.current_exception,
            masks=self._masks,
        )
        self.faults = FaultStatus()
        of_system = (config, self.exceptions, self.faults, self.mpu, self.clock, self.hooks, options.systick_clocks)
        self.system: SystemControlSpace
        if extension is None:
            self.system = SystemControlSpace(*of_system, options.vector_table)
        else:
            self.system = SharedSystemControlSpace(shared, *of_system, options.vector_table)
        self.points = DebugPoints()
        self.memory = MachineMemory(
            bus, self.mpu, self.system, self.state, self.points, options.audit,
            lambda fault: raise_asynchronous(self.core, fault),
        )  # fmt: skip
        self.engine = Engine(processor, self.memory, self.points, self._set_event_register)
        self.core = Core(
            config, processor.registers, self.exceptions, self.faults, self.system, self.memory, processor.load_fp,
            processor.store_fp,
        )  # fmt: skip
        self.fp = FpContext(self.core)
        shared.has_fpu, shared.absent = config.has_fpu, self.fp.absent

    def _set_event_register(self) -> None:
        self.core.event_register = True

    def _masks(self) -> Masks:
        _, basepri, faultmask = self.processor.masks()
        return Masks(faultmask, basepri)
