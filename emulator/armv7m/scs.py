"""The Private Peripheral Bus as the core's loads and stores meet it: 0xE0000000 to 0xE00FFFFF. [B3.1.1, B3.2]

``SystemControlSpace`` puts the registers of all blocks into one table by address and applies the bus's own rules:
alignment, width, privilege. It never raises, whatever the access. Its attributes hold the control words that exception
handling works on (core.SystemRegisters); the other state is in the blocks. An address without a register reads as zero
and ignores writes. So do the FPB, the TPIU, the ETM and the ROM table, which are optional and absent here. [D-125]
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Any, Protocol
from emulator.armv7m.core import CoreConfig
from emulator.armv7m.debug_registers import DebugRegisters
from emulator.armv7m.dwt import Dwt
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.fault_registers import FaultRegisters
from emulator.armv7m.faults import CAUSES, Access, Fault, FaultStatus
from emulator.armv7m.fpu import FpuRegisters
from emulator.armv7m.guest import Clock
from emulator.armv7m.id_registers import IdRegisters
from emulator.armv7m.itm import ITM_STIM, STIMULUS_PORTS, Itm
from emulator.armv7m.memory_map import PPB_BASE, PPB_END
from emulator.armv7m.mpu_registers import MPU_RASR_A3, MPU_TYPE
from emulator.armv7m.nvic import STIR, Nvic
from emulator.armv7m.ports import Load, Port, Steady, Store
from emulator.armv7m.registers import Kind, register_at
from emulator.armv7m.scb import CCR, SCR, SystemControlBlock
from emulator.armv7m.scs_hooks import Hooks
from emulator.armv7m.systick import SysTick, SysTickClocks
from emulator.bits import WORD_MASK

MPU_WINDOW = range(MPU_TYPE.ADDRESS, MPU_RASR_A3.ADDRESS + 4, 4)
ITM_END = 0xE000_1000
STIMULUS_END = ITM_STIM.ADDRESS + 4 * STIMULUS_PORTS
_LANES = {1: 0xFF, 2: 0xFFFF, 4: WORD_MASK}
_PRECISERR = CAUSES["PRECISERR"]

State = dict[str, dict[str, Any]]


class RegisterWindow(Protocol):
    """The MPU, as far as the bus is concerned."""

    def read(self, address: int, size: int) -> int:
        """Return the register at ``address``."""

    def write(self, address: int, size: int, value: int) -> None:
        """Write the register at ``address``."""


class SystemControlSpace:
    """Every register of the Private Peripheral Bus of one core.

    ``vtor_reset`` is VTOR after a reset; ``systick_clocks`` what the board connects to SysTick.
    """

    STATE = ("vtor", "ccr", "scr", "actlr", "cpacr", "fpccr", "fpcar", "fpdscr", "demcr")

    def __init__(
        self,
        config: CoreConfig,
        exceptions: Exceptions,
        faults: FaultStatus,
        mpu: RegisterWindow,
        clock: Clock,
        hooks: Hooks,
        systick_clocks: SysTickClocks = SysTickClocks(),  # noqa: B008 - frozen
        vtor_reset: int = 0,
    ) -> None:
        self.vtor = self.ccr = self.scr = self.actlr = self.demcr = 0
        self.cpacr = self.fpccr = self.fpcar = self.fpdscr = 0
        self.hooks = hooks
        self._vtor_reset = vtor_reset
        self._exceptions = exceptions
        self._mpu = mpu
        self.systick = SysTick(exceptions, clock, hooks, systick_clocks)
        self.nvic = Nvic(exceptions, hooks)
        self.scb = SystemControlBlock(config, self, exceptions, hooks, self.systick)
        self.fault_registers = FaultRegisters(faults)
        self.fpu = FpuRegisters(config, self, hooks)
        self.ids = IdRegisters(config)
        self.dwt = Dwt(self, clock)
        self.itm = Itm(self, hooks)
        self.debug = DebugRegisters(self, exceptions, clock, hooks, self.dwt.settle)
        exceptions.on_inactive_to_pending = self._inactive_to_pending
        self._loads: dict[int, Load] = {}
        self._stores: dict[int, Store] = {}
        self._peeks: dict[int, Load] = {}
        self._steady: dict[int, Callable[[], Steady | None]] = {}
        self._connect()
        self.reset()

    def _connect(self) -> None:
        blocks = (self.systick, self.nvic, self.scb, self.fault_registers, self.fpu, self.ids, self.dwt, self.itm)
        for block in (*blocks, self.debug):
            for port in block.ports():
                self._add(port)
        for address in MPU_WINDOW:
            self._add(self._mpu_port(address))

    def _add(self, port: Port) -> None:
        assert port.address not in self._loads, f"two registers at {port.address:#010x}"
        self._loads[port.address] = port.load
        self._stores[port.address] = port.store
        self._peeks[port.address] = port.peek or port.load
        if port.steady is not None:
            self._steady[port.address] = port.steady

    def _mpu_port(self, address: int) -> Port:
        mpu = self._mpu
        return Port(address, lambda: mpu.read(address, 4), lambda value: mpu.write(address, 4, value))

    def tell_stores(self, address: int, tell: Callable[[int], None]) -> None:
        """Call ``tell`` with each word that is stored to the register at ``address``, in front of what that does.

        Never for a register that this core does not have.
        """
        store = self._stores.get(address)
        if store is None:
            return

        def told(value: int) -> None:
            tell(value)
            store(value)

        self._stores[address] = told

    def reset(self) -> None:
        """System reset, of ``exceptions`` and ``faults`` too. The MPU is the caller's to reset.

        What only a power-on resets stays: DFSR, DEMCR.TRCENA and the vector catches, DWT, ITM. [C1.6, B1.5.5]
        """
        self._exceptions.reset()
        self.fault_registers.reset()
        self.systick.reset()
        self.scb.reset(self._vtor_reset)
        self.fpu.reset()
        self.ids.reset()
        self.debug.reset()

    def _inactive_to_pending(self) -> None:
        if self.scr & SCR.SEVONPEND.mask:
            self.hooks.event_register_set()

    # -- the bus -------------------------------------------------------------------------------------------------

    def read(self, address: int, size: int, privileged: bool) -> int | Fault:
        """Load ``size`` bytes (1, 2 or 4), with the register's side effects; a Fault where the bus refuses."""
        if size == 4 and privileged:
            load = self._loads.get(address)
            if load is not None:
                return load()
        if not self._accepts(address, size) or not (privileged or self._unprivileged_reads(address)):
            return Fault(_PRECISERR, address, Access.READ, size)
        if size == 4:
            load = self._loads.get(address)
            return 0 if load is None else load()
        return self._read_narrow(address, size, self._loads)

    def write(self, address: int, size: int, value: int, privileged: bool) -> Fault | None:
        """Store ``size`` bytes (1, 2 or 4) of ``value``, with the register's side effects; a Fault where refused."""
        if size == 4 and privileged:
            store = self._stores.get(address)
            if store is not None:
                store(value & WORD_MASK)
                return None
        if not self._accepts(address, size) or not (privileged or self._unprivileged_writes(address)):
            return Fault(_PRECISERR, address, Access.WRITE, size, value)
        value &= _LANES[size]
        if address < ITM_END and not privileged:
            self.itm.write_unprivileged(address, size, value)
        elif size < 4:
            self._write_narrow(address, size, value)
        else:
            store = self._stores.get(address)
            if store is not None:
                store(value)
        return None

    def peek(self, address: int, size: int) -> int:
        """Return what a privileged load would, without its side effects; 0 where it would be refused."""
        if not self._accepts(address, size):
            return 0
        if size == 4:
            return self._peeks[address]() if address in self._peeks else 0
        return self._read_narrow(address, size, self._peeks)

    def steady(self, address: int) -> Steady | None:
        """Return what privileged loads of the word there answer after the one that was just done, None if unknown."""
        ask = self._steady.get(address)
        return None if ask is None else ask()

    @staticmethod
    def _accepts(address: int, size: int) -> bool:
        """Whether the bus takes such an access at all, from anyone."""
        # UNPREDICTABLE: an unaligned access to the PPB. It arrives here in aligned pieces. [D-120]
        return size in _LANES and PPB_BASE <= address < PPB_END and not address & size - 1

    def _unprivileged_reads(self, address: int) -> bool:
        # The ITM can be read by anyone, which Arm's cores say and the architecture does not. [D-122]
        return address < ITM_END or self._unprivileged_writes(address)

    def _unprivileged_writes(self, address: int) -> bool:
        """Whether an unprivileged write reaches its register, which may still ignore it. [B3.1.1, B3.2.26]"""
        if address == STIR.ADDRESS:
            return bool(self.ccr & CCR.USERSETMPEND.mask)
        return address < ITM_END

    # UNPREDICTABLE: a byte or halfword of a register for words. It reads as zero and is not written. [D-121]

    def _read_narrow(self, address: int, size: int, loads: dict[int, Load]) -> int:
        word = address & ~3
        if word in MPU_WINDOW:
            return self._mpu.read(address, size)
        register = register_at(word)
        if register is None or not register.NARROW or word not in loads:
            return 0
        return loads[word]() >> 8 * (address & 3) & _LANES[size]

    def _write_narrow(self, address: int, size: int, value: int) -> None:
        word = address & ~3
        if word in MPU_WINDOW:
            self._mpu.write(address, size, value)
            return
        if word < STIMULUS_END:
            self.itm.write_stimulus(word - ITM_STIM.ADDRESS >> 2, size, value)
            return
        register = register_at(word)
        if register is None or not register.NARROW or word not in self._stores:
            return
        shift = 8 * (address & 3)
        # The other bytes keep what they hold: bits that a store assigns are written back, the others get no ones.
        kept = self._loads[word]() & register.MASKS[Kind.RW] & ~(_LANES[size] << shift)
        self._stores[word](kept | value << shift)

    # -- snapshots -----------------------------------------------------------------------------------------------

    def save(self) -> State:
        """Return the state of this bus, as plain values; ``exceptions``, ``faults`` and the MPU are not in it."""
        return {
            name: {item: _copy(getattr(owner, item)) for item in owner.STATE} for name, owner in self._owners().items()
        }

    def restore(self, state: State) -> None:
        """Take back what ``save`` returned. The clock must have been restored, and hold no call of SysTick's."""
        for name, owner in self._owners().items():
            for item in owner.STATE:
                setattr(owner, item, _copy(state[name][item]))
        self.systick.restored()

    def _owners(self) -> dict[str, Any]:
        blocks = ("systick", "ids", "dwt", "itm", "debug")
        return {"control": self} | {name: getattr(self, name) for name in blocks}


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value
