"""What event breakpoints mean: which events meet a condition, and what is taught when the words make no sense."""

import re
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare
from support.gdb import PREBUILT, client_of
from support.small_programs import write_elf

import v7m

KERNELS = Path(__file__).parents[1] / "kernels"
SHARING, REVOKED = PREBUILT / "stack_sharing.elf", PREBUILT / "share_revoked.elf"


def at(client, function):
    """Run to the beginning of a function."""
    place = client.session.debugger.machine.image.symbols.by_name[function].address & ~1
    client.ask(f"Z1,{place:x},2")
    assert "hwbreak" in client.ask("vCont;c")
    client.ask(f"z1,{place:x},2")


def stack_of(client, name):
    """Return where the stack of a thread begins, as GDB's user writes it."""
    return re.search(rf"(0x\w+)\.\.0x\w+  stack of {name}\n", client.monitor("shares"))[1]


def stops(client, most=40):
    """Continue to the end; return what each stop said."""
    found = []
    for _ in range(most):
        client.console = b""
        reply = client.ask("vCont;c")
        words = re.findall(r"^\d+: (.*)$", client.console.decode(), re.M)
        if not words or not reply.startswith("T05"):
            return found
        found += words
    raise AssertionError(found)


def test_a_call_is_stopped_at_behind_its_svc_and_with_conditions_only_then():
    with client_of(SHARING) as client:
        at(client, "user")
        done = client.session.debugger.machine.image.symbols.by_name["done"].address
        assert client.monitor(f"break-call sem_post arg0 == {done:#x}") == f"1: call sem_post arg0 == {done:#x}\n"
        assert client.monitor("break-call sem_post arg0==0 arg1==7").startswith("2: ")
        assert stops(client) == [f"sem_post(0x{done:x})"]


def test_a_result_is_known_of_calls_that_block_and_of_those_that_do_not():
    with client_of(SHARING) as client:
        client.monitor("break-call sem_wait result == 0")
        client.monitor("break-call sem_wait result != 0")
        client.monitor("break-call pthread_join result<=0")
        told = stops(client)
        assert told and all(one.endswith(" = 0") for one in told)
        assert {one.partition("(")[0] for one in told} == {"sem_wait", "pthread_join"}


def test_rights_that_are_gained_lost_and_those_of_others():
    with client_of(REVOKED) as client:
        at(client, "user")
        shared, own = stack_of(client, "0x01"), stack_of(client, "0x02")
        client.monitor(f"break-rights 0x02 {shared} w loss")
        client.monitor(f"break-rights 0x02 {shared} x loss")
        client.monitor(f"break-rights 0x02 {own} r loss")
        client.monitor(f"break-rights Init {shared} loss")
        client.monitor(f"break-rights 0x02 {shared} gain")
        told = [client.ask("vCont;c"), client.console.decode()]
        assert told[0].startswith("T05")
        assert f"1: 0x02 had rw at {shared} and has --: rtems_unshare_stack in Init, " in told[1]
    with client_of(SHARING) as client:
        at(client, "user")
        place = stack_of(client, "0x01")
    with client_of(SHARING) as client:
        at(client, "POSIX_Init")
        assert client.monitor(f"break-rights 0x0b010001 {place} w loss").startswith("1: ")
        assert stops(client) == [f"Init had rw at {place} and has --: it is the stack of 0x0b010002 now"]


def test_a_switch_is_told_of_when_the_thread_is_on_the_processor():
    with client_of(SHARING) as client:
        at(client, "user")
        client.monitor("break-switch 0x01")
        reply = client.ask("vCont;c")
        debugger = client.session.debugger
        assert "1: 0x01 is switched in after 0x02, which has ended\n" in client.console.decode()
        assert reply.startswith(f"T05thread:{debugger.current:x};")
        assert debugger.machine.registers.ipsr == 0
        assert {one.number: one.name for one in debugger.threads()}[debugger.current] == "0x01"


def test_the_first_access_to_anothers_stack_is_stopped_in_front_of_once():
    with client_of(REVOKED) as client:
        at(client, "user")
        client.monitor("break-access 0x02 0x01")
        client.monitor("break-access 0x01 0x02")
        client.ask("vCont;c")
        machine = client.session.debugger.machine
        words = r"1: 0x02 and the stack of 0x01: it is about to write 4 bytes at (0x\w+)\n"
        address = int(re.search(words, client.console.decode())[1], 0)
        assert machine.peek(address, 4) == bytes(4)
        client.ask("vCont;s")
        assert machine.peek(address, 4) == b"\1\0\0\0"
        client.console = b""
        assert client.ask("vCont;c").startswith("T0b")
        assert not re.search(r"^[13]: ", client.console.decode(), re.M)


def test_a_copy_that_the_kernel_makes_is_an_access_of_the_thread_that_it_is_made_for():
    with client_of(PREBUILT / "matrix_b_shared_receiver.elf") as client:
        at(client, "mq_send")
        debugger = client.session.debugger
        sender = next(one.name for one in debugger.threads() if one.number == debugger.current)
        receiver = next(one.name for one in debugger.threads() if "mq_receive" in one.state or "queue" in one.state)
        client.monitor(f"break-access {sender} {receiver}")
        told = stops(client)
        assert len(told) == 1
        words = rf"{sender} and the stack of {receiver}: the kernel wrote \d+ bytes at 0x\w+ for it"
        assert re.fullmatch(words, told[0])


def test_a_tail_chained_exception_is_stopped_at_too():
    elf, board = build_bare([KERNELS / "mailbox.c"], "m3", flags=("-DROUNDS=2",)), MACHINES["m3"]
    trace = v7m.run(elf, board=board, trace=True).trace
    taken = [line for line in trace if line["kind"] == "exception" and line["exception"] == 14]
    assert {line["return_address"] is None for line in taken} == {True, False}
    with client_of(elf, "--board", board) as client:
        client.monitor("break-exception PendSV")
        handler = client.session.debugger.machine.image.symbols.by_name["PendSV_Handler"].address & ~1
        times = []
        while not client.ask("vCont;c").startswith("W"):
            machine = client.session.debugger.machine
            assert (machine.registers.ipsr, machine.registers.pc) == (14, handler)
            times.append(machine.clock.now)
    assert times == [line["t"] for line in taken]


@pytest.mark.parametrize("name", ["PendSV", "pendsv", "14"])
def test_an_exception_is_stopped_at_in_front_of_its_handlers_first_instruction(name):
    with client_of(SHARING) as client:
        assert client.monitor(f"break-exception {name}") == "1: exception PendSV\n"
        client.ask("vCont;c")
        machine = client.session.debugger.machine
        assert machine.registers.ipsr == 14
        assert machine.registers.pc == int.from_bytes(machine.peek(machine.system.vtor + 56, 4), "little") & ~1
        assert client.monitor("breaks") == "1: exception PendSV\n"
        assert client.monitor("unbreak 2") == "there is no number 2\n"
        assert client.monitor("unbreak 1") == "" and client.monitor("breaks").startswith("none; ")
        assert not machine.observers.at_once


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("break-exception", "Use: monitor break-exception NAME|NUMBER"),
        ("break-exception Foo", "Foo is no exception. Use: "),
        ("break-exception 1", "1 is no exception"),
        ("break-call", "Use: monitor break-call NAME"),
        ("break-call sem_wiat", "there is no call sem_wiat; did you mean sem_wait?"),
        ("break-call sem_wait result = 0", "'result = 0' is no condition; write arg0 == 1, or result != 0"),
        ("break-call sem_wait arg0 == one", "one is no number"),
        ("break-switch nobody", "there is no thread nobody; there is"),
        ("break-rights Init 0 w", "Use: monitor break-rights THREAD ADDR [r|w|x] gain|loss"),
        ("break-rights Init 0 q gain", "Use: monitor break-rights"),
        ("break-rights Init here gain", "here is no number"),
        ("break-access Init Init", "Init is the owner"),
        ("break-access Init", "Use: monitor break-access THREAD OWNER"),
        ("unbreak", "Use: monitor unbreak NUMBER|all"),
        ("mpu here", "here is no address"),
    ],
)
def test_words_that_make_no_sense_are_taught(command, words):
    with client_of(SHARING) as client:
        at(client, "user")
        assert words in client.monitor(command)
        assert client.monitor("breaks").startswith("none; ")


def test_a_bare_program_has_no_commands_about_threads(tmp_path):
    with client_of(write_elf(tmp_path / "a.elf", "b .")) as client:
        assert "monitor shares is not there: it asks the kernel of v7m cc" in client.monitor("shares")
        assert "break-exception" in client.monitor("help")
        assert "the default memory map" in client.monitor("mpu") or "MPU_CTRL" in client.monitor("mpu")
        assert client.monitor("why") == "the program is at no fault, and no handler of one runs\n"
