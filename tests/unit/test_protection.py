"""Thread-stack protection on a fake machine: every statement is about what the MPU then allows."""

from __future__ import annotations

import pytest
from support.protection_port import CODE, CONFIGURATION, INTERRUPT_STACK, RAM, FakePort, FakeThread

from emulator.armv7m.core import CONTROL_NPRIV
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.mpu import CTRL_ENABLE
from emulator.errors import ConfigError
from rtems_shim.protection.policy import EXECUTE, READ, READ_WRITE, SHARE_LIMIT
from rtems_shim.protection.protection import Protection
from rtems_shim.protection.share_events import RegionPagedIn, ShareMade, ShareRemoved, StackReleased
from rtems_shim.protection.sharing import HISTORY_LIMIT
from rtems_shim.protection.stack_report import ShareRecord, share_records

STACK_SIZE = 0x2000
STACK_1, STACK_2, INIT_STACK = 0x2000_9000, 0x2000_D000, 0x2000_4000
"""Two 8 KiB stacks as posix_memalign with the page size gives them: aligned to 4 KiB, not to their size."""


class World:
    """Three threads: Init, 0x01 and 0x02, each with a stack."""

    def __init__(self, regions: int = 8, privileged: bool = True, **options: bool) -> None:
        self.port = FakePort(regions=regions)
        if not privileged:
            self.port.registers.control |= CONTROL_NPRIV
        self.protection = Protection(self.port, CONFIGURATION, **options)
        self.protection.start()
        self.init = self.thread("Init", INIT_STACK, privileged)
        self.one = self.thread("0x01", STACK_1, privileged)
        self.two = self.thread("0x02", STACK_2, privileged)

    def thread(self, name: str, base: int, privileged: bool = True, size: int = STACK_SIZE) -> FakeThread:
        thread = FakeThread(0x0B010001 + len(self.protection.policy.stacks), name, privileged)
        assert self.protection.add_stack(thread, base, size)
        return thread

    def access(self, address: int, access: Access = Access.WRITE, size: int = 4, pc: int = CODE) -> Fault | None:
        return self.port.execute(self.protection.resolve_fault, [(address, size, access)], pc)

    def share(self, owner: FakeThread, target: FakeThread, rights: int = READ_WRITE) -> bool:
        return self.protection.share(owner, target, rights, "mmap", self.init, 0x1234)

    def refused(self, address: int, access: Access = Access.WRITE) -> bool:
        return self.access(address, access) is not None

    def pages(self) -> list[RegionPagedIn]:
        return [event for event in self.port.events if isinstance(event, RegionPagedIn)]


@pytest.fixture
def world() -> World:
    return World()


# -- isolation -------------------------------------------------------------------------------------------------------


def test_the_background_region_is_off_so_privileged_code_is_bound(world: World) -> None:
    assert world.port.mpu.ctrl == CTRL_ENABLE
    world.protection.switch_to(world.init)
    assert world.port.mpu.check(0x6000_0000, 4, Access.READ, privileged=True) is not None


@pytest.mark.parametrize("address", [STACK_1, STACK_1 + 0xFFC, STACK_1 + 0x1000, STACK_1 + STACK_SIZE - 4])
@pytest.mark.parametrize("access", [Access.READ, Access.WRITE, Access.FETCH])
def test_a_thread_is_refused_the_stack_of_another(world: World, address: int, access: Access) -> None:
    world.protection.switch_to(world.init)
    fault = world.access(address, access)
    assert fault is not None
    assert fault.cause is CAUSES["IACCVIOL" if access is Access.FETCH else "DACCVIOL"]
    assert world.pages() == []


def test_a_thread_has_its_own_stack_globals_flash_and_peripherals(world: World) -> None:
    world.protection.switch_to(world.one)
    for address in (STACK_1, STACK_1 + STACK_SIZE - 4, STACK_1 - 4, STACK_1 + STACK_SIZE, RAM[0], 0x4000_4000):
        assert world.access(address, Access.WRITE) is None
        assert world.access(address, Access.READ) is None
    assert world.access(CODE, Access.READ) is None
    assert world.access(CODE, Access.FETCH) is None


def test_flash_is_read_only_and_ram_and_peripherals_never_execute(world: World) -> None:
    world.protection.switch_to(world.one)
    assert world.refused(CODE, Access.WRITE)
    assert world.refused(STACK_1, Access.FETCH)
    assert world.refused(RAM[0], Access.FETCH)
    assert world.refused(0x4000_0000, Access.FETCH)


def test_a_stack_overflow_into_the_neighbour_faults() -> None:
    world = World()
    neighbour = world.thread("low", STACK_1 - 0x1000, size=0x1000)
    world.protection.switch_to(world.one)
    assert world.refused(STACK_1 - 4)
    assert world.protection.owner_of(STACK_1 - 4) is neighbour


def test_the_switch_takes_the_outgoing_stack_away_and_brings_the_heirs(world: World) -> None:
    world.protection.switch_to(world.one)
    assert world.port.mpu.check(STACK_1, 4, Access.WRITE, True) is None
    world.protection.switch_to(world.two)
    assert world.port.mpu.check(STACK_1, 4, Access.WRITE, True) is not None
    assert world.port.mpu.check(STACK_2, 4, Access.WRITE, True) is None


def test_before_the_first_switch_nobodys_stack_is_open(world: World) -> None:
    assert world.protection.executing is None
    for base in (INIT_STACK, STACK_1, STACK_2):
        assert world.refused(base)


def test_unprivileged_threads_have_the_same_but_the_peripherals() -> None:
    world = World(privileged=False)
    world.protection.switch_to(world.one)
    assert world.access(STACK_1) is None
    assert world.access(RAM[0]) is None
    assert world.refused(STACK_2)
    assert world.refused(0x4000_0000)
    world.port.registers.xpsr |= 15  # a handler that interrupted the thread is privileged
    assert world.access(0x4000_0000) is None
    assert world.refused(STACK_2)


# -- the regions -----------------------------------------------------------------------------------------------------


def test_regions_have_their_numbers_by_role(world: World) -> None:
    world.protection.switch_to(world.one)
    assert world.protection.region_labels() == {
        0: "flash",
        1: "RAM",
        2: "peripherals",
        3: "stack of Init",
        4: "stack of 0x01",
        5: "stack of 0x02",
        7: "own stack of 0x01",
    }


def test_a_refused_write_is_decided_by_the_region_that_closes_the_stack(world: World) -> None:
    world.protection.switch_to(world.init)
    explanation = world.port.mpu.explain(STACK_1, 4, Access.WRITE, privileged=True)
    assert world.protection.region_labels()[explanation.region or -1] == "stack of 0x01"


def test_a_stack_arena_is_closed_as_a_whole_with_one_region() -> None:
    port = FakePort()
    configuration = CONFIGURATION | {"stack_arena_base": 0x2002_0000, "stack_arena_size": 0x1_0000}
    protection = Protection(port, configuration)
    protection.start()
    threads = [FakeThread(n, f"T{n}") for n in range(1, 9)]
    for n, thread in enumerate(threads):
        assert protection.add_stack(thread, 0x2002_0000 + n * 0x1000, 0x1000)
    for n, thread in enumerate(threads):
        protection.switch_to(thread)
        assert protection.region_labels() == {
            0: "flash",
            1: "RAM",
            2: "peripherals",
            3: "stack arena",
            7: f"own stack of T{n + 1}",
        }
        granted = [a for a in range(0x2002_0000, 0x2003_0000, 32) if port.mpu.check(a, 4, Access.WRITE, True) is None]
        assert granted == list(range(0x2002_0000 + n * 0x1000, 0x2002_1000 + n * 0x1000, 32))


def test_a_switch_between_arena_stacks_writes_only_the_own_stacks_region() -> None:
    port = FakePort()
    protection = Protection(port, CONFIGURATION | {"stack_arena_base": 0x2002_0000, "stack_arena_size": 0x1_0000})
    protection.start()
    one, two = FakeThread(1, "1"), FakeThread(2, "2")
    protection.add_stack(one, 0x2002_0000, 0x1000)
    protection.add_stack(two, 0x2002_1000, 0x1000)
    protection.switch_to(one)
    written: list[int] = []
    port.mpu.on_change = written.append
    protection.switch_to(two)
    assert written == [7]
    protection.switch_to(two)
    assert written == [7]


def test_shared_memory_attributes_follow_the_kind_of_memory(world: World) -> None:
    world.protection.switch_to(world.one)
    memory = {number: world.port.mpu.region(number).memory for number in (0, 1, 2)}
    assert [str(attributes.type) for attributes in memory.values() if attributes] == ["Normal", "Normal", "Device"]


# -- sharing ---------------------------------------------------------------------------------------------------------


def test_a_read_write_share_lets_the_target_in_and_nobody_else(world: World) -> None:
    assert world.share(world.one, world.two)
    world.protection.switch_to(world.two)
    assert world.access(STACK_1) is None
    assert world.access(STACK_1 + STACK_SIZE - 4, Access.READ) is None
    assert world.refused(STACK_1, Access.FETCH)
    assert "stack of 0x01, shared rw" in world.protection.region_labels().values()
    world.protection.switch_to(world.init)
    assert world.refused(STACK_1)


def test_a_read_only_share_can_be_read_and_not_written(world: World) -> None:
    assert world.share(world.one, world.two, READ)
    world.protection.switch_to(world.two)
    assert world.access(STACK_1, Access.READ) is None
    assert world.refused(STACK_1, Access.WRITE)
    assert "stack of 0x01, shared r-" in world.protection.region_labels().values()


def test_an_executable_share_can_be_executed(world: World) -> None:
    assert world.share(world.one, world.two, EXECUTE)
    world.protection.switch_to(world.two)
    assert world.access(STACK_1, Access.FETCH) is None
    assert world.refused(STACK_1, Access.WRITE)


def test_a_share_to_the_executing_thread_is_there_at_once_and_goes_at_once(world: World) -> None:
    world.protection.switch_to(world.init)
    assert world.share(world.one, world.init)
    assert world.access(STACK_1) is None
    assert world.protection.unshare(world.one, world.init, "munmap", world.init, 0)
    assert world.refused(STACK_1)
    assert not world.protection.unshare(world.one, world.init, "munmap", world.init, 0)


def test_a_share_follows_the_target_through_switches(world: World) -> None:
    world.share(world.one, world.two)
    for _ in range(3):
        world.protection.switch_to(world.init)
        assert world.refused(STACK_1)
        world.protection.switch_to(world.two)
        assert world.access(STACK_1) is None


def test_sharing_works_both_ways_at_once(world: World) -> None:
    world.share(world.one, world.two)
    world.share(world.two, world.one, READ)
    world.protection.switch_to(world.two)
    assert world.access(STACK_1) is None
    world.protection.switch_to(world.one)
    assert world.access(STACK_2, Access.READ) is None
    assert world.refused(STACK_2, Access.WRITE)


def test_sharing_again_changes_the_rights_and_takes_no_further_place(world: World) -> None:
    world.share(world.one, world.two, READ)
    world.share(world.one, world.two, READ_WRITE)
    assert world.protection.sharers(world.one) == [(world.two, READ_WRITE)]
    world.share(world.one, world.two, READ)
    world.protection.switch_to(world.two)
    assert world.refused(STACK_1)


def test_the_ninth_share_is_refused_and_the_other_eight_work() -> None:
    world = World()
    owners = [world.thread(f"S{n}", 0x2001_4000 + n * 0x2000, size=0x1000) for n in range(9)]
    results = [world.share(owner, world.two) for owner in owners]
    assert results == [True] * SHARE_LIMIT + [False]
    world.protection.switch_to(world.two)
    for n in range(9):
        assert world.refused(0x2001_4000 + n * 0x2000) is (n == 8)
    world.protection.unshare(owners[0], world.two, "munmap", world.two, 0)
    assert world.share(owners[8], world.two)
    assert world.access(0x2001_4000 + 8 * 0x2000) is None
    assert world.refused(0x2001_4000)


def test_a_threads_own_stack_needs_no_share(world: World) -> None:
    assert world.share(world.one, world.one, READ)
    assert world.protection.sharers(world.one) == []
    world.protection.switch_to(world.one)
    assert world.access(STACK_1) is None


def test_rights_of_is_what_the_access_table_shows(world: World) -> None:
    world.share(world.one, world.two, READ)
    rights = world.protection.rights_of
    assert rights(world.one, world.one) == READ_WRITE
    assert rights(world.two, world.one) == READ
    assert rights(world.init, world.one) == 0


# -- the end of threads ----------------------------------------------------------------------------------------------


def test_when_the_owner_ends_its_shares_end(world: World) -> None:
    world.share(world.one, world.two)
    world.protection.switch_to(world.two)
    world.protection.end_thread(world.one)
    assert world.refused(STACK_1)
    removed = [event for event in world.port.events if isinstance(event, ShareRemoved)]
    assert [(event.target, event.via) for event in removed] == [(world.two.id, "end of the owner")]


def test_when_the_target_ends_its_shares_end(world: World) -> None:
    world.share(world.one, world.two)
    world.protection.end_thread(world.two)
    assert world.protection.sharers(world.one) == []


def test_an_ending_thread_keeps_its_stack_until_it_is_switched_away(world: World) -> None:
    world.protection.switch_to(world.one)
    world.protection.end_thread(world.one)
    assert world.access(STACK_1 + 0x100) is None
    world.protection.switch_to(world.init)
    assert world.refused(STACK_1 + 0x100)


def test_the_stack_of_an_ended_thread_stays_protected(world: World) -> None:
    world.protection.switch_to(world.init)
    world.protection.end_thread(world.one)
    assert world.refused(STACK_1)
    stack = world.protection.policy.stack_at(STACK_1)
    assert stack is not None and stack.ended_at == world.port.clock.now


def test_a_stack_that_is_given_back_is_ordinary_memory(world: World) -> None:
    world.protection.switch_to(world.init)
    assert not world.protection.release_stack(STACK_1), "its thread is alive"
    world.protection.end_thread(world.one)
    assert not world.protection.release_stack(STACK_1 + 8), "not the stack's base"
    assert world.protection.release_stack(STACK_1)
    assert world.access(STACK_1) is None
    assert not world.protection.release_stack(STACK_1)


def test_a_new_thread_takes_over_the_stack_of_an_ended_one(world: World) -> None:
    world.protection.end_thread(world.one)
    heir = world.thread("heir", STACK_1 + 0x1000, size=0x1000)
    world.protection.switch_to(heir)
    assert world.access(STACK_1 + 0x1000) is None
    assert world.access(STACK_1) is None, "the rest of the old stack is given back"
    world.protection.switch_to(world.init)
    assert world.refused(STACK_1 + 0x1000)
    released = [event for event in world.port.events if isinstance(event, StackReleased)]
    assert [(event.owner, event.via) for event in released] == [(world.one.id, "reused for a new thread")]


@pytest.mark.parametrize(
    ("base", "size"),
    [
        (STACK_1 + 0x1000, 0x2000),
        (STACK_1 - 0x1000, 0x1001),
        (INTERRUPT_STACK[0] + INTERRUPT_STACK[1] - 8, 0x1000),
        (RAM[0] + RAM[1] - 0x800, 0x1000),
        (0x0000_1000, 0x1000),
        (0x4000_0000, 0x1000),
        (0x6000_0000, 0x1000),
        (0x2002_0000, 0),
    ],
    ids=["live", "live by a byte", "interrupt stack", "past RAM", "flash", "peripherals", "nowhere", "empty"],
)
def test_what_cannot_be_a_stack_is_refused(world: World, base: int, size: int) -> None:
    assert not world.protection.add_stack(FakeThread(99, "bad"), base, size)


# -- more than the regions hold --------------------------------------------------------------------------------------


def scattered() -> tuple[World, list[FakeThread]]:
    """Ten further stacks with globals between them: no eight regions hold that."""
    world = World()
    return world, [world.thread(f"S{n}", 0x2001_4000 + n * 0x2800, size=0x1000) for n in range(10)]


def test_with_many_stacks_what_the_regions_cannot_hold_is_paged_in() -> None:
    world, threads = scattered()
    world.protection.switch_to(threads[0])
    for n in range(10):
        base = 0x2001_4000 + n * 0x2800
        assert world.refused(base) is (n != 0)
        assert world.access(base + 0x1000) is None, "globals behind the stack"
    assert world.access(0x4000_0000) is None
    pages = world.pages()
    assert world.protection.page_ins == len(pages) > 0
    assert {event.label for event in pages} == {"RAM, paged in rw", "peripherals, paged in rw"}
    assert any(event.evicted for event in pages), "the regions that faults fill are reused"
    assert not any(event.once for event in pages)


def test_a_region_that_closes_several_stacks_names_a_few_or_counts_them() -> None:
    world, threads = scattered()
    world.protection.switch_to(threads[0])
    assert world.protection.region_labels() == {
        0: "flash",
        1: "RAM",
        2: "stacks of Init, 0x01, 0x02",
        3: "4 stacks",
        4: "stacks of S5, S6, S7",
        5: "stacks of S8, S9",
    }


def test_page_ins_are_the_same_in_two_runs() -> None:
    def run() -> list[RegionPagedIn]:
        world, threads = scattered()
        for thread in threads:
            world.protection.switch_to(thread)
            for n in range(10):
                world.access(0x2001_4000 + n * 0x2800 + 0x1000)
        return world.pages()

    assert run() == run()


def test_what_was_paged_in_is_there_again_when_the_thread_comes_back() -> None:
    world, threads = scattered()
    world.protection.switch_to(threads[0])
    assert world.access(0x2001_6000) is None
    count = world.protection.page_ins
    assert count
    world.protection.switch_to(threads[1])
    world.protection.switch_to(threads[0])
    assert world.access(0x2001_6000) is None
    assert world.protection.page_ins == count


def test_with_16_regions_there_is_room_for_more() -> None:
    world = World(regions=16)
    threads = [world.thread(f"S{n}", 0x2001_4000 + n * 0x2800, size=0x1000) for n in range(6)]
    world.protection.switch_to(threads[0])
    assert world.access(0x2001_6000) is None
    assert world.pages() == []


def test_one_instruction_that_needs_more_areas_than_there_are_regions_completes() -> None:
    world, threads = scattered()
    world.protection.switch_to(threads[0])
    gaps = [0x2001_4000 + n * 0x2800 + 0x1000 for n in range(6)]
    accesses = [(gap, 4, Access.READ) for gap in gaps]
    assert world.port.execute(world.protection.resolve_fault, accesses) is None
    assert any(event.once for event in world.pages())
    labels = world.protection.region_labels()
    assert labels[0] == "flash", "the whole map is back"


# -- granules that a stack shares with other data --------------------------------------------------------------------


ODD_STACK = 0x2001_4008
"""As a static array has it: eight bytes of other globals are in the same granule."""


def odd() -> tuple[World, FakeThread]:
    world = World()
    return world, world.thread("odd", ODD_STACK, size=0x1000)


def test_a_global_beside_a_stack_in_the_same_granule_is_reached_one_instruction_at_a_time() -> None:
    world, _ = odd()
    world.protection.switch_to(world.init)
    assert world.access(ODD_STACK - 8, Access.WRITE) is None
    assert world.access(ODD_STACK - 4, Access.READ) is None
    assert [event.once for event in world.pages()] == [True] * len(world.pages())
    assert world.protection.single_accesses == len(world.pages())
    assert world.port.mpu.check(ODD_STACK - 8, 4, Access.WRITE, True) is not None, "closed again"


def test_an_instruction_that_goes_on_into_the_stack_is_refused_at_its_first_byte() -> None:
    world, _ = odd()
    world.protection.switch_to(world.init)
    accesses = [(ODD_STACK - 8 + 4 * n, 4, Access.WRITE) for n in range(4)]
    fault = world.port.execute(world.protection.resolve_fault, accesses)
    assert fault is not None
    assert fault.address == ODD_STACK
    unaligned = world.access(ODD_STACK - 2, Access.WRITE)
    assert unaligned is not None
    assert unaligned.address == ODD_STACK
    assert world.protection.region_labels()[1] == "RAM", "the whole map is back"


def test_a_granule_with_one_byte_of_a_stack_is_closed_like_the_stack() -> None:
    port = FakePort()
    protection = Protection(port, CONFIGURATION)
    protection.start()
    odd_end, other = FakeThread(1, "odd"), FakeThread(2, "other")
    assert protection.add_stack(odd_end, 0x2001_4000, 0x1001)
    assert protection.add_stack(other, 0x2002_0000, 0x1000)
    protection.switch_to(other)
    assert 7 in protection.region_labels(), "everything fits, with the own stack above all closed ones"
    assert port.mpu.check(0x2001_501F, 1, Access.WRITE, True) is not None
    assert port.mpu.check(0x2001_5020, 1, Access.WRITE, True) is None
    assert port.execute(protection.resolve_fault, [(0x2001_5001, 1, Access.WRITE)]) is None
    assert port.execute(protection.resolve_fault, [(0x2001_5000, 1, Access.WRITE)]) is not None


def test_the_owner_of_an_odd_stack_has_all_of_it_without_faults() -> None:
    world, thread = odd()
    world.protection.switch_to(thread)
    assert world.port.mpu.check(ODD_STACK, 0x1000, Access.WRITE, True) is None
    assert world.protection.initial_sp(thread) == 0x2001_5000


def test_two_odd_stacks_side_by_side_are_exact_to_the_byte() -> None:
    world, low = odd()
    high = world.thread("high", ODD_STACK + 0x1000, size=0x1008)
    border = ODD_STACK + 0x1000
    world.protection.switch_to(low)
    assert world.access(border - 4) is None
    assert world.refused(border)
    world.protection.switch_to(high)
    assert world.access(border) is None
    assert world.refused(border - 4)
    assert not world.refused(border + 0x1004)


# -- faults that are not the map's -----------------------------------------------------------------------------------


def test_a_fault_that_the_map_did_not_cause_is_not_retried_for_ever(world: World) -> None:
    """LDRT of a privileged thread to a peripheral: unprivileged code has no right, and no region can change that."""
    world.protection.switch_to(world.init)
    assert world.port.mpu.check(0x4000_0000, 4, Access.READ, privileged=False) is not None
    fault = Fault(CAUSES["DACCVIOL"], 0x4000_0000, Access.READ, 4)
    assert not world.protection.resolve_fault(fault, CODE)


def test_bus_and_stacking_faults_are_not_answered_here(world: World) -> None:
    world.protection.switch_to(world.init)
    assert not world.protection.resolve_fault(Fault(CAUSES["PRECISERR"], 0x2100_0000, Access.READ, 4), CODE)
    assert not world.protection.resolve_fault(Fault(CAUSES["MSTKERR"]), CODE)


# -- copies of the kernel --------------------------------------------------------------------------------------------


def test_a_copy_is_the_executing_threads_access(world: World) -> None:
    world.protection.switch_to(world.two)
    fault = world.protection.copies.store(STACK_1 + 0x10, b"abcd", waiter=world.one)
    assert fault == Fault(CAUSES["DACCVIOL"], STACK_1 + 0x10, Access.WRITE, 4)
    world.share(world.one, world.two, READ)
    assert world.protection.copies.load(STACK_1 + 0x10, 4) == bytes(4)
    assert world.protection.copies.store(STACK_1 + 0x10, b"abcd") is not None
    world.share(world.one, world.two, READ_WRITE)
    assert world.protection.copies.store(STACK_1 + 0x10, b"abcd") is None
    assert world.port.memory.peek(STACK_1 + 0x10, 4) == b"abcd"


@pytest.mark.parametrize("away", [False, True])
def test_fewer_rights_to_a_share_take_the_old_region_out_of_the_mpu(world: World, away: bool) -> None:
    world.protection.switch_to(world.two)
    world.share(world.one, world.two, READ_WRITE)
    assert not world.refused(STACK_1)
    if away:
        world.protection.switch_to(world.one)
    world.share(world.one, world.two, READ)
    world.protection.switch_to(world.two)
    assert world.refused(STACK_1)
    assert world.port.mpu.check(STACK_1, 4, Access.WRITE, privileged=True) is not None
    assert not world.refused(STACK_1, Access.READ)


def test_a_copy_stores_nothing_when_its_last_byte_is_refused(world: World) -> None:
    world.protection.switch_to(world.two)
    fault = world.protection.copies.store(STACK_1 - 4, b"12345")
    assert fault is not None
    assert fault.address == STACK_1
    assert world.port.memory.peek(STACK_1 - 4, 4) == bytes(4)


def test_a_long_copy_pages_in_what_it_needs() -> None:
    world, threads = scattered()
    shared = threads[1:4]
    for owner in shared:
        world.share(owner, threads[0])
    world.protection.switch_to(threads[0])
    start, size = 0x2001_4000, 3 * 0x2800 + 0x1000
    data = bytes(range(256)) * (size // 256)
    assert world.protection.copies.store(start, data) is None
    assert world.protection.copies.load(start, size) == data


def test_a_copy_reaches_the_bytes_that_share_a_granule_with_a_stack() -> None:
    world, _ = odd()
    world.protection.switch_to(world.init)
    assert world.protection.copies.store(ODD_STACK - 16, b"0123456789abcdef") is None
    assert world.protection.copies.load(ODD_STACK - 16, 16) == b"0123456789abcdef"
    assert isinstance(world.protection.copies.load(ODD_STACK - 16, 17), Fault)
    assert world.protection.region_labels()[1] == "RAM"


def test_kernel_opens_lets_only_the_copies_to_blocked_threads_through() -> None:
    world = World(kernel_opens=True)
    world.protection.switch_to(world.two)
    assert world.protection.copies.store(STACK_1, b"x", waiter=world.one) is None
    assert world.protection.copies.load(STACK_1, 1, waiter=world.one) == b"x"
    assert world.protection.copies.store(STACK_1, b"x") is not None
    assert world.protection.copies.store(CODE, b"x", waiter=world.one) is not None, "flash is not a stack"
    assert world.refused(STACK_1), "an instruction is bound as ever"


def test_kernel_opens_does_not_open_devices_to_unprivileged_threads() -> None:
    world = World(privileged=False, kernel_opens=True)
    world.protection.switch_to(world.two)
    waiter = FakeThread(9, "privileged")
    assert world.protection.copies.store(0x4000_0000, b"x", waiter) is not None


def test_kernel_opens_does_not_open_what_is_closed_to_the_waiter() -> None:
    world = World(kernel_opens=True)
    world.protection.switch_to(world.two)
    assert world.protection.copies.store(STACK_1, b"x", world.init) is not None
    assert world.protection.copies.store(STACK_1 + STACK_SIZE - 4, bytes(8), world.one) is None
    assert world.protection.copies.store(INIT_STACK + STACK_SIZE - 4, bytes(8), world.one) is not None


def test_a_bus_error_of_a_copy_is_answered_as_it_is(world: World) -> None:
    world.protection.switch_to(world.two)
    answer = world.protection.copies.load(0x4000_0000, 4)
    assert isinstance(answer, Fault)
    assert answer.cause is CAUSES["PRECISERR"]


def test_an_empty_copy_asks_for_nothing(world: World) -> None:
    world.protection.switch_to(world.two)
    assert world.protection.copies.load(STACK_1, 0) == b""
    assert world.protection.copies.store(STACK_1, b"") is None


# -- what it tells ---------------------------------------------------------------------------------------------------


def shares_at(world: World, address: int) -> list[ShareRecord]:
    stack = world.protection.policy.stack_at(address)
    assert stack is not None
    return share_records(world.protection.history, stack)


def test_the_history_tells_the_story_of_the_shares(world: World) -> None:
    world.port.clock.now = 100
    world.share(world.one, world.two, READ)
    world.port.clock.now = 200
    world.protection.unshare(world.one, world.two, "munmap", world.init, 0x77)
    (share,) = shares_at(world, STACK_1 + 0x20)
    assert (share.target_name, share.rights, share.made_at, share.made_via, share.made_by) == (
        "0x02",
        "r-",
        100,
        "mmap",
        "Init",
    )
    assert (share.removed_at, share.removed_via, share.removed_by, share.removed_pc) == (200, "munmap", "Init", 0x77)


def test_an_address_in_no_stack_has_no_owner(world: World) -> None:
    assert world.protection.owner_of(RAM[0]) is None
    assert world.protection.owner_of(STACK_1) is world.one


def test_every_address_has_a_name(world: World) -> None:
    places = [world.protection.place(address) for address in (0, RAM[0], STACK_1, 0x4000_0000, 0x9000_0000)]
    assert places == ["flash", "RAM", "stack of 0x01", "peripherals", "nothing"]
    arena = Protection(FakePort(), CONFIGURATION | {"stack_arena_base": 0x2002_0000, "stack_arena_size": 0x1000})
    assert arena.place(0x2002_0000) == "stack arena, no stack there"


def test_a_story_does_not_go_on_with_the_next_stack_at_the_same_place(world: World) -> None:
    world.share(world.one, world.two)
    world.protection.end_thread(world.one)
    world.protection.release_stack(STACK_1)
    again = FakeThread(world.one.id, "0x01")
    world.protection.add_stack(again, STACK_1, STACK_SIZE)
    assert shares_at(world, STACK_1) == []


def test_the_history_has_a_limit(world: World) -> None:
    for _ in range(HISTORY_LIMIT):
        world.share(world.one, world.two)
        world.protection.unshare(world.one, world.two, "munmap", world.two, 0)
    assert len(world.protection.history) == HISTORY_LIMIT


def test_events_carry_names_ids_area_rights_and_the_call(world: World) -> None:
    world.port.clock.now = 7
    world.share(world.one, world.two)
    assert world.port.events[-1] == ShareMade(
        7,
        world.one.id,
        "0x01",
        world.two.id,
        "0x02",
        STACK_1,
        STACK_SIZE,
        READ_WRITE,
        "mmap",
        world.init.id,
        "Init",
        0x1234,
    )


# -- what it needs ---------------------------------------------------------------------------------------------------


def test_a_machine_without_an_mpu_is_refused_with_one_line() -> None:
    with pytest.raises(ConfigError, match="needs an MPU"):
        Protection(FakePort(regions=0), CONFIGURATION)


def test_an_image_that_executes_from_ram_is_refused_with_one_line() -> None:
    with pytest.raises(ConfigError, match=r"test\.elf executes from its RAM"):
        Protection(FakePort(flash_ranges=[]), CONFIGURATION)
