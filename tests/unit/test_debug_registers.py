from support.control_space import Bench

DHCSR, DCRSR, DCRDR, DEMCR = (0xE000_EDF0 + offset for offset in (0, 4, 8, 12))
S_RESET_ST, S_RETIRE_ST = 1 << 25, 1 << 24
TRCENA, MON_REQ, MON_STEP, MON_PEND, MON_EN = (1 << bit for bit in (24, 19, 18, 17, 16))
DEBUG_MONITOR = 12


def test_software_cannot_enable_halting_debug():
    bench = Bench()
    bench.load(DHCSR)
    bench.store(DHCSR, 0xA05F_0003)
    assert bench.load(DHCSR) == 0


def test_dhcsr_tells_once_that_the_core_was_reset():
    bench = Bench()
    assert bench.scs.peek(DHCSR, 4) == S_RESET_ST
    assert bench.load(DHCSR) == S_RESET_ST
    assert bench.load(DHCSR) == 0
    bench.scs.reset()
    assert bench.load(DHCSR) == S_RESET_ST


def test_dhcsr_tells_that_instructions_were_executed_since_it_was_read():
    bench = Bench()
    bench.load(DHCSR)
    bench.clock.jump(1)
    assert bench.scs.peek(DHCSR, 4) == S_RETIRE_ST
    assert bench.load(DHCSR) == S_RETIRE_ST
    assert bench.load(DHCSR) == 0


def test_dcrdr_is_a_word_to_write_on_and_dcrsr_reads_as_zero():
    bench = Bench()
    bench.store(DCRDR, 0x1234_5678)
    bench.store(DCRSR, 0x0001_0000)
    assert bench.load(DCRDR) == 0x1234_5678
    assert bench.load(DCRSR) == 0


def test_demcr_keeps_its_implemented_bits():
    bench = Bench()
    bench.store(DEMCR, 0xFFFF_FFFF)
    assert bench.load(DEMCR) == 0x010F_07F1
    bench.store(DEMCR, 0)
    assert bench.load(DEMCR) == 0


def test_mon_pend_is_the_pending_debug_monitor():
    bench = Bench()
    bench.store(DEMCR, MON_PEND)
    assert bench.pending(DEBUG_MONITOR)
    assert "state" in bench.log
    bench.store(DEMCR, MON_EN)
    assert not bench.pending(DEBUG_MONITOR)
    bench.exceptions.pend(DEBUG_MONITOR)
    assert bench.load(DEMCR) == MON_PEND | MON_EN


def test_mon_en_is_where_breakpoints_look_for_it():
    bench = Bench()
    bench.store(DEMCR, MON_EN)
    assert bench.scs.demcr >> 16 & 1


def test_a_system_reset_clears_the_monitor_and_keeps_the_trace_and_the_vector_catches():
    bench = Bench()
    bench.store(DEMCR, TRCENA | MON_REQ | MON_STEP | MON_PEND | MON_EN | 0x7F1)
    bench.scs.reset()
    assert bench.load(DEMCR) == TRCENA | 0x7F1
