import random

import pytest
from support.control_space import CORTEX_M3, CORTEX_M4F, CORTEX_M7, Bench

from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.systick import SysTickClocks

CPUID, ICSR, VTOR, AIRCR, SCR, CCR, CFSR, STIR = (
    *(0xE000_ED00, 0xE000_ED04, 0xE000_ED08, 0xE000_ED0C, 0xE000_ED10, 0xE000_ED14, 0xE000_ED28, 0xE000_EF00),
)
MPU_TYPE, MPU_CTRL, MPU_RNR, MPU_RBAR, MPU_RASR_A3 = (0xE000_ED90, 0xE000_ED94, 0xE000_ED98, 0xE000_ED9C, 0xE000_EDB8)
CORES = [CORTEX_M3, CORTEX_M4F, CORTEX_M7]


# -- privilege -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [0xE000_1004, 0xE000_E004, 0xE000_E010, 0xE000_E100, CPUID, MPU_CTRL, STIR])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_row_7_unprivileged_access_to_the_ppb_is_a_precise_bus_fault(address, size):
    bench = Bench()
    fault = bench.scs.read(address, size, privileged=False)
    assert isinstance(fault, Fault)
    assert (fault.cause.name, fault.address, fault.access, fault.size) == ("PRECISERR", address, Access.READ, size)
    fault = bench.scs.write(address, size, 0x5A, privileged=False)
    assert fault is not None
    assert (fault.cause.name, fault.address, fault.access, fault.value) == ("PRECISERR", address, Access.WRITE, 0x5A)


def test_row_7_an_unprivileged_write_that_is_refused_changes_nothing():
    bench = Bench()
    bench.scs.write(VTOR, 4, 0x2000_0000, privileged=False)
    bench.scs.write(MPU_CTRL, 4, 7, privileged=False)
    assert bench.load(VTOR) == bench.load(MPU_CTRL) == 0
    assert bench.log == []


def test_row_7_usersetmpend_opens_stir_and_nothing_else():
    bench = Bench()
    bench.store(CCR, 1 << 1)
    bench.store(STIR, 3, privileged=False)
    assert bench.pending(19)
    assert bench.load(STIR, privileged=False) == 0
    for address in (STIR - 4, STIR + 4, ICSR, 0xE000_E200):
        assert isinstance(bench.scs.read(address, 4, privileged=False), Fault)


# -- width and alignment -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "size"), [(CPUID + 1, 2), (CPUID + 1, 4), (CPUID + 2, 4), (CPUID + 3, 2)])
def test_an_unaligned_access_is_a_precise_bus_fault(address, size):
    bench = Bench()
    fault = bench.scs.read(address, size, privileged=True)
    assert isinstance(fault, Fault)
    assert (fault.cause.name, fault.address) == ("PRECISERR", address)
    assert isinstance(bench.scs.write(address, size, 0, privileged=True), Fault)


@pytest.mark.parametrize("address", [VTOR, SCR, CCR, 0xE000_E014, 0xE000_EF38, 0xE000_EDF8, MPU_RBAR])
def test_a_register_for_words_reads_as_zero_and_is_not_written_in_parts(address):
    bench = Bench()
    bench.store(address, 0xFFFF_FFEF)
    whole = bench.load(address)
    assert whole
    for size in (1, 2):
        for lane in range(0, 4, size):
            bench.store(address + lane, 0, size)
            assert bench.load(address + lane, size) == 0
    assert bench.load(address) == whole


def test_a_narrow_store_takes_the_low_bytes_of_its_value():
    bench = Bench()
    bench.store(0xE000_ED18, 0xABCD_EF10, size=1)
    assert bench.load(0xE000_ED18) == 0x10


@pytest.mark.parametrize(("address", "size"), [(0xE010_0000, 4), (0xDFFF_FFFC, 4), (0, 4), (CPUID, 8), (CPUID, 0)])
def test_what_is_not_an_access_to_the_ppb_is_refused(address, size):
    bench = Bench()
    assert isinstance(bench.scs.read(address, size, privileged=True), Fault)
    assert isinstance(bench.scs.write(address, size, 0, privileged=True), Fault)
    assert bench.scs.peek(address, size) == 0


# -- addresses -----------------------------------------------------------------------------------------------------


ABSENT = [0xE000_2000, 0xE000_E000, 0xE000_E00C, 0xE000_ED74, 0xE000_ED8C, 0xE000_EFCC, 0xE004_0000, 0xE00F_F000]


@pytest.mark.parametrize("address", ABSENT)
def test_row_33_an_address_without_a_register_reads_as_zero_and_ignores_writes(address):
    bench = Bench()
    for size in (4, 2, 1):
        bench.store(address, 0xFFFF_FFFF, size)
        assert bench.load(address, size) == 0


def test_the_mpu_answers_for_its_own_registers():
    bench = Bench(CORTEX_M7)
    assert bench.load(MPU_TYPE) == 16 << 8
    bench.store(MPU_RNR, 9)
    bench.store(MPU_RBAR, 0x2000_0000)
    bench.store(MPU_RASR_A3, 0x0300_0027)
    assert bench.mpu.rbar[9] == 0x2000_0000
    assert bench.mpu.rasr[9] == 0x0300_0027
    assert bench.load(MPU_RASR_A3) == 0x0300_0027


class NarrowWindow:
    """An MPU that writes down what reaches it."""

    def __init__(self):
        self.calls = []

    def read(self, address, size):
        self.calls.append((address, size))
        return 0x77

    def write(self, address, size, value):
        self.calls.append((address, size, value))


def test_the_mpu_gets_narrow_accesses_as_they_are():
    bench = Bench()
    window = NarrowWindow()
    bench.scs._mpu = window
    assert bench.load(MPU_CTRL + 1, size=1) == 0x77
    bench.store(MPU_CTRL + 2, 0x1_2345, size=2)
    assert window.calls == [(MPU_CTRL + 1, 1), (MPU_CTRL + 2, 2, 0x2345)]


# -- reset and snapshots -------------------------------------------------------------------------------------------


def every_word() -> list[int]:
    return [*range(0xE000_0000, 0xE000_2000, 4), *range(0xE000_E000, 0xE000_F000, 4)]


@pytest.mark.parametrize("config", CORES, ids=lambda config: config.name)
def test_row_34_a_system_reset_brings_back_what_the_manual_says_it_resets(config):
    fresh = Bench(config)
    bench = Bench(config)
    kept = {0xE000_ED30, 0xE000_EDF8, 0xE000_EDFC}  # DFSR, DCRDR, DEMCR
    mpu = range(0xE000_ED90, 0xE000_EDBC, 4)
    for address in every_word():
        bench.store(address, 0x5555_5555)
    bench.clock.pass_by(10)
    bench.scs.reset()
    for address in every_word():
        if address >= 0xE000_2000 and address not in kept and address not in mpu:
            assert bench.scs.peek(address, 4) == fresh.scs.peek(address, 4), hex(address)


def test_a_snapshot_brings_back_every_register_and_the_tick_that_was_coming():
    bench = Bench(systick=SysTickClocks(reference_divider=4))
    bench.store(0xE000_EDFC, 1 << 24)
    bench.store(0xE000_0FB0, 0xC5AC_CE55)
    for address in (0xE000_0E00, 0xE000_1000, 0xE000_1020, VTOR, CCR, 0xE000_ED88, 0xE000_EF34):
        bench.store(address, 0xFFFF_FFFF)
    bench.store(0xE000_E014, 99)
    bench.store(0xE000_E010, 7)
    bench.clock.pass_by(40)
    words = {address: bench.scs.peek(address, 4) for address in every_word()}
    state = bench.scs.save()

    bench.clock.pass_by(30)
    for address in every_word():
        if address != AIRCR:
            bench.store(address, 0)
    copy = Bench(systick=SysTickClocks(reference_divider=4))
    copy.clock.time = 40
    copy.scs.restore(state)
    assert {address: copy.scs.peek(address, 4) for address in every_word()} == words
    copy.clock.pass_by(59)
    assert not copy.pending(15)
    copy.clock.pass_by(1)
    assert copy.pending(15)


def test_a_snapshot_does_not_change_when_the_machine_goes_on():
    bench = Bench()
    bench.store(0xE000_1020, 1)
    state = bench.scs.save()
    bench.store(0xE000_1020, 2)
    bench.scs.restore(state)
    bench.store(0xE000_1020, 3)
    bench.scs.restore(state)
    assert bench.load(0xE000_1020) == 1


# -- whatever a guest does -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", CORES, ids=lambda config: config.name)
def test_row_33_no_access_whatsoever_raises(config):
    chance = random.Random(0x5C5)
    bench = Bench(config, systick=SysTickClocks(reference_divider=3))
    words = [*every_word(), 0xE000_2000, 0xE004_0000, 0xE00F_FFFC, 0xE010_0000, 0, 0xFFFF_FFFF]
    values = [0, 1, 0xFFFF_FFFF, 0x05FA_0000, 0xC5AC_CE55, 0x5555_5555, 1 << 63]
    for _ in range(20_000):
        address = chance.choice(words) + chance.choice((0, 0, 0, 1, 2, 3))
        size = chance.choice((1, 2, 4, 4, 4, 8))
        privileged = chance.random() < 0.8
        value = chance.choice((*values, chance.getrandbits(32)))
        bench.ipsr = chance.choice((0, 3, 15, 16, 255))
        if chance.random() < 0.5:
            result = bench.scs.write(address, size, value, privileged)
            assert result is None or isinstance(result, Fault)
        else:
            loaded = bench.scs.read(address, size, privileged)
            assert isinstance(loaded, Fault) or 0 <= loaded < 1 << 8 * size
        assert 0 <= bench.scs.peek(address, size) < 1 << 8 * max(size, 1)
        bench.clock.pass_by(chance.choice((0, 1, 7)))
    for exception in range(bench.exceptions.count):
        assert bench.exceptions.priorities[exception] in range(-3, 256)
    assert bench.exceptions.pending < 1 << bench.exceptions.count
    assert bench.exceptions.active < 1 << bench.exceptions.count
