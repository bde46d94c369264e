"""The real gdb-multiarch in its machine interface, as IDEs drive it."""

import re

from support.gdb import PREBUILT, machine_interface, pipe_to
from support.small_programs import write_elf

SHARING = PREBUILT / "stack_sharing.elf"


def test_an_interrupt_stops_a_busy_loop_and_the_session_goes_on(tmp_path):
    elf = write_elf(tmp_path / "loop.elf", "movs r0, #1; l: adds r0, #2; b l")
    with machine_interface(elf) as gdb:
        assert gdb.do(f"-target-select remote {pipe_to(elf)}").startswith("^connected")
        gdb.do("-exec-continue")
        gdb.wait(r"\*running")
        gdb.do("-exec-interrupt")
        assert 'signal-name="SIGINT"' in gdb.wait(r"\*stopped")
        assert re.search(r'value="0x[0-9a-f]*[13579bdf]"', gdb.do("-data-list-register-values x 0"))
        gdb.do("-exec-step-instruction")
        assert 'reason="end-stepping-range"' in gdb.wait(r"\*stopped")
        gdb.do("-exec-continue")
        gdb.do("-exec-interrupt")
        assert 'signal-name="SIGINT"' in gdb.wait(r"\*stopped")
        assert gdb.do("-target-detach").startswith("^done")


def test_stops_have_reasons_threads_have_names_and_the_console_is_target_output():
    with machine_interface(SHARING) as gdb:
        gdb.do(f"-target-select remote {pipe_to(SHARING)}")
        gdb.do("-break-insert user")
        gdb.do("-exec-continue")
        assert 'reason="breakpoint-hit"' in gdb.wait(r"\*stopped")
        assert any(line.startswith('@"*** BEGIN OF TEST') for line in gdb.seen)
        threads = gdb.do("-thread-info")
        assert 'name="0x02",state="stopped"' not in threads or 'name="0x02"' in threads
        assert {"0x01", "0x02", "Init", "IDLE"} == set(re.findall(r'name="([^"]+)",(?:frame|state)', threads))
        assert 'details="waits for semaphore done; ' in threads
        gdb.do("-exec-next")
        assert 'reason="end-stepping-range"' in gdb.wait(r"\*stopped")
        gdb.do("-exec-continue")
        assert 'reason="exited-normally"' in gdb.wait(r"\*stopped")


def test_a_fault_is_a_signal_with_the_explanation_before_it():
    elf = PREBUILT / "stack_isolation.elf"
    with machine_interface(elf) as gdb:
        gdb.do(f"-target-select remote {pipe_to(elf)}")
        gdb.do("-exec-continue")
        stop = gdb.wait(r"\*stopped")
        assert 'signal-name="SIGSEGV"' in stop and 'func="memset"' in stop
        assert any("MemManage: Init (POSIX_Init, main.c:39), in memset, tried" in line for line in gdb.seen)
