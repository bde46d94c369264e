"""A debugged run is the free run: the same events at the same times, whatever the debugger looks at or stops for."""

import pytest
from support.gdb import PREBUILT, client_of

from emulator.cli import debug
from emulator.cli.arguments import read_options
from emulator.cli.session import open_session

PROGRAMS = ["stack_isolation", "stack_sharing", "share_revoked", "matrix_a_blocked_receiver",
            "matrix_g_timer_interrupt"]  # fmt: skip
LOOKS = ["g", "m20000000,40", "me000ed00,60", "qXfer:threads:read::0,1000", "qRcmd,7768790a", "qRcmd,6d7075",
         "qRcmd,7368617265730a", "m40004000,4", "mfffffffc,4"]  # fmt: skip


def note(machine, events):
    machine.observers.append(events.append)
    machine.on_console = lambda channel, data: events.append((machine.clock.now, channel, data))


def free_run(name):
    events = []
    options = read_options([str(PREBUILT / f"{name}.elf")], debug.OPTIONS, debug.make_parser)
    with open_session(options) as session:
        note(session.machine, events)
        reason = session.machine.run()
    return events, reason


@pytest.mark.parametrize("name", PROGRAMS)
def test_breakpoints_watchpoints_faults_and_looking_change_nothing(name):
    expected, reason = free_run(name)
    events = []
    with client_of(PREBUILT / f"{name}.elf") as client:
        debugger = client.session.debugger
        note(debugger.machine, events)
        symbols = debugger.machine.image.symbols.by_name
        for function in ("rtems_shim_switch", "sem_wait", "rtems_shim_tick", "memset"):
            if function in symbols:
                client.ask(f"Z1,{symbols[function].address & ~1:x},2")
        client.ask("Z4,20302000,20")
        client.monitor("break-exception SysTick")
        client.monitor("break-call sem_post")
        for stop in range(3000):
            client.ask("vCont;c")
            if debugger.ended is not None:
                break
            for look in LOOKS if stop % 40 == 0 else ():
                client.ask(look)
            if stop == 200:
                for function in ("rtems_shim_switch", "rtems_shim_tick"):
                    client.ask(f"z1,{symbols[function].address & ~1:x},2" if function in symbols else "?")
                client.monitor("unbreak all")
        assert debugger.ended == reason
    assert events == expected


def test_a_program_that_begins_again_does_the_same():
    with client_of(PREBUILT / "stack_sharing.elf") as client:
        machine = client.session.debugger.machine
        runs = []
        for _ in range(2):
            events = []
            machine.observers.clear()
            note(machine, events)
            client.ask("vCont;c")
            runs.append(list(events))
            client.session.restart()
        assert runs[0] == runs[1]
        assert len(runs[0]) > 50
