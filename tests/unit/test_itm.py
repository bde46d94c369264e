import pytest
from support.control_space import Bench

STIM, TER, TPR, TCR, LAR, LSR = 0xE000_0000, 0xE000_0E00, 0xE000_0E40, 0xE000_0E80, 0xE000_0FB0, 0xE000_0FB4
DEMCR, TRCENA = 0xE000_EDFC, 1 << 24
KEY = 0xC5AC_CE55


def console(ports: int = 0xFFFF_FFFF, private: int = 0) -> Bench:
    """An ITM as start-up code sets it up; ``log`` is empty and what follows is output."""
    bench = Bench()
    bench.store(DEMCR, TRCENA)
    bench.store(LAR, KEY)
    bench.store(TCR, 1)
    bench.store(TER, ports)
    bench.store(TPR, private)
    bench.log.clear()
    return bench


def test_a_port_sends_the_bytes_that_are_written_low_byte_first():
    bench = console()
    bench.store(STIM, ord("A"), size=1)
    bench.store(STIM, 0x4342, size=2)
    bench.store(STIM, 0x4746_4544)
    assert bench.log == [(0, b"A"), (0, b"BC"), (0, b"DEFG")]


def test_each_of_the_32_ports_sends_under_its_number():
    bench = console()
    for port in range(32):
        bench.store(STIM + 4 * port, port, size=1)
    assert bench.log == [(port, bytes([port])) for port in range(32)]


def test_a_port_is_always_ready():
    bench = Bench()
    assert [bench.load(STIM + 4 * port) for port in range(32)] == [1] * 32
    assert bench.load(STIM, size=1) == 1


@pytest.mark.parametrize("register", [TER, TCR, DEMCR])
def test_nothing_is_sent_unless_the_port_the_itm_and_the_trace_are_enabled(register):
    bench = console()
    bench.store(register, 0)
    bench.log.clear()
    bench.store(STIM, 0x41, size=1)
    assert bench.log == []


def test_one_enabled_port_does_not_open_the_others():
    bench = console(ports=1 << 5)
    for port in (4, 5, 6):
        bench.store(STIM + 4 * port, 0x21, size=1)
    assert bench.log == [(5, b"!")]


def test_the_registers_keep_their_implemented_bits():
    bench = console()
    for register in (TER, TPR, TCR):
        bench.store(register, 0xFFFF_FFFF)
    assert [bench.load(register) for register in (TER, TPR, TCR)] == [0xFFFF_FFFF, 0xF, 0x007F_0F1F]


def test_the_lock_is_closed_at_first_and_keeps_the_control_registers():
    bench = Bench()
    assert bench.load(LSR) == 3
    for register in (TER, TPR, TCR):
        bench.store(register, 0xF)
        assert bench.load(register) == 0


def test_the_key_opens_the_lock_and_anything_else_closes_it():
    bench = Bench()
    bench.store(LAR, KEY)
    assert bench.load(LSR) == 1
    bench.store(TER, 0xF)
    bench.store(LAR, 0)
    assert bench.load(LSR) == 3
    bench.store(TER, 0)
    assert bench.load(TER) == 0xF
    assert bench.load(LAR) == 0


def test_a_closed_lock_does_not_keep_the_ports_from_sending():
    bench = console()
    bench.store(LAR, 0)
    bench.store(STIM, 0x41, size=1)
    assert bench.log == [(0, b"A")]


def test_the_itm_survives_a_system_reset():
    bench = console()
    bench.scs.reset()
    bench.store(STIM, 0x41, size=1)
    assert bench.log[-1] == (0, b"A")


# -- unprivileged software -----------------------------------------------------------------------------------------


def test_unprivileged_software_sends_on_ports_that_tpr_leaves_open():
    bench = console(private=0b0010)
    for port in (0, 7, 8, 15, 16, 31):
        bench.store(STIM + 4 * port, 0x41, size=1, privileged=False)
    bench.store(STIM, 0x4443_4241, privileged=False)
    assert bench.log == [*((port, b"A") for port in (0, 7, 16, 31)), (0, b"ABCD")]


def test_privileged_software_sends_on_every_port_whatever_tpr_says():
    bench = console(private=0b1111)
    bench.store(STIM + 4 * 31, 0x41, size=1)
    assert bench.log == [(31, b"A")]


def test_unprivileged_software_reads_all_of_the_itm():
    bench = console(private=0b1111)
    assert [bench.load(register, privileged=False) for register in (STIM, TER, TPR, TCR, LSR)] == [
        *(1, 0xFFFF_FFFF, 0xF, 1, 1)
    ]


def test_unprivileged_software_enables_the_ports_that_tpr_leaves_open_and_changes_nothing_else():
    bench = console(ports=0x0000_FF00, private=0b0010)
    bench.store(TER, 0xFF00_00FF, privileged=False)
    assert bench.load(TER) == 0xFF00_FFFF
    for register in (TPR, TCR, LAR, DEMCR - 0xEDFC + 0xE84):
        bench.store(register, 0, privileged=False)
    assert [bench.load(register) for register in (TPR, TCR, LSR)] == [0b0010, 1, 1]
