"""A session packet by packet: what clients other than GDB may rely on, and what GDB was measured to need."""

import re
import struct
from xml.etree import ElementTree

import pytest
from support.gdb import PREBUILT, client_of
from support.small_programs import CODE, STACK_TOP, exit_with, write_elf

from emulator.gdb.packet import PACKET_SIZE, encode

RAM = 0x2000_0000
ISOLATION = PREBUILT / "stack_isolation.elf"
SHARING = PREBUILT / "stack_sharing.elf"
LOOP = "movw r1, #0; movt r1, #0x2000; l: adds r0, #1; strb r0, [r1, #5]; ldr r2, [r1, #16]; cmp r0, #3; bne l;"


@pytest.fixture
def program(tmp_path):
    """A client of a small bare program on a Cortex-M4 with an FPU: a loop of three turns, then exit code 3."""
    elf = write_elf(tmp_path / "small.elf", LOOP + exit_with(3, RAM + 0x1000), text=b"text\0")
    with client_of(elf) as client:
        yield client


def word(value):
    return struct.pack("<I", value).hex()


def registers_of(reply):
    """Return the registers in a stop reply by number."""
    pairs = re.findall(r"([0-9a-f]{2}):([0-9a-f]{8});", reply)
    return {int(number, 16): struct.unpack("<I", bytes.fromhex(value))[0] for number, value in pairs}


# -- what there is -----------------------------------------------------------------------------------------------


def test_step_is_offered_as_gdb_looks_for_it(program):
    assert "vContSupported+" in program.ask("qSupported:").split(";")
    assert set(program.ask("vCont?").split(";")) == {"vCont", "c", "C", "s", "S", "r"}


@pytest.mark.parametrize(
    "payload",
    ["vFile:setfs:0", "vFile:open:2f,0,0", "QNonStop:1", "vMustReplyEmpty", "qTStatus", "vAttach;1", "~",
     "qXfer:auxv:read::0,100", "Qtinit", "\x00"],
)  # fmt: skip
def test_what_is_not_there_gets_the_empty_reply(program, payload):
    assert program.ask(payload) == ""


def test_backwards_is_offered_only_where_there_is_a_history(program, tmp_path):
    features = "ReverseStep+", "ReverseContinue+"
    assert set(features) <= set(program.ask("qSupported:").split(";"))
    with client_of(write_elf(tmp_path / "b.elf", "b ."), "--history", "0") as client:
        assert not set(features) & set(client.ask("qSupported:").split(";"))
        assert client.ask("bs") == client.ask("bc") == ""


@pytest.mark.parametrize(
    "payload",
    ["m", "m0", "mzz,4", "m0,4,4", "M0,4:00", "Mx:00", "Z0", "Z0,0", "Z0,g,2", "P", "P99=0", "P0=00", "pzz", "G00",
     "Hg", "Hx0", "T", "T7777", "vCont", "vCont;", "vCont;q", "vCont;r1", "qXfer:threads:read::0", "qRcmd", "qRcmd,0",
     "vFlashErase", "vFlashErase:0", "X", "Z2,e000ed28,4", "Z2,20000000,0", "s12345678", "qThreadExtraInfo,zz"],
)  # fmt: skip
def test_nonsense_is_an_error_and_changes_nothing(program, payload):
    before = program.ask("g"), program.ask(f"m{RAM:x},100")
    assert program.ask(payload).startswith("E")
    assert (program.ask("g"), program.ask(f"m{RAM:x},100")) == before


def test_acknowledgements_are_sent_until_they_are_not_wanted(tmp_path):
    with client_of(write_elf(tmp_path / "a.elf", "b .")) as client:
        assert client.raw(b"$QStartNoAckMode#b0").endswith(b"$OK#9a")
    with client_of(write_elf(tmp_path / "a.elf", "b .")) as client:
        session = client.session
        session._acknowledges = True
        assert client.raw(b"$qC#b4") == b"+$QC1#c5"
        assert client.raw(b"-") == b"$QC1#c5", "what did not arrive is sent again"
        assert client.raw(b"$qC#b5") == b"-"
        assert client.raw(b"+") == b""
        assert client.raw(b"$qC#b4$qC#b4") == b"+$QC1#c5", "GDB sends again what is not answered within two seconds"
        session._acknowledges = False
        assert client.raw(b"$qC#b4$qC#b4") == b"$QC1#c5$QC1#c5"


def test_the_description_has_the_features_gdb_unwinds_handlers_with(program):
    whole = program.ask(f"qXfer:features:read:target.xml:0,{PACKET_SIZE:x}")
    target = ElementTree.fromstring(whole[1:].split("?>")[1].split(">", 1)[1])
    features = {feature.get("name"): [one.get("name") for one in feature] for feature in target.iter("feature")}
    assert features["org.gnu.gdb.arm.m-profile"] == [*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr"]
    assert features["org.gnu.gdb.arm.m-system"][:2] == ["msp", "psp"]
    assert features["org.gnu.gdb.arm.vfp"] == [*(f"d{n}" for n in range(16)), "fpscr"]
    assert "x" not in program.ask("g"), "no register is unavailable"


def test_a_core_without_fpu_has_no_feature_for_it(tmp_path):
    with client_of(write_elf(tmp_path / "a.elf", "b ."), "--board", "mps2-an385") as client:
        assert "arm.vfp" not in client.ask("qXfer:features:read:target.xml:0,4000")
        assert len(client.ask("g")) == 23 * 8


def test_objects_come_in_pieces(program):
    whole = program.ask("qXfer:memory-map:read::0,4000")
    pieces, offset = "", 0
    while True:
        piece = program.ask(f"qXfer:memory-map:read::{offset:x},40")
        pieces, offset = pieces + piece[1:], offset + len(piece) - 1
        if piece[0] == "l":
            break
        assert len(piece) == 0x41
    assert "l" + pieces == whole


def test_the_memory_map_has_peripherals_and_the_system_space_or_gdb_would_not_ask(program):
    body = program.ask("qXfer:memory-map:read::0,4000").split("?>")[1].split(">", 1)[1]
    places = [(one.get("type"), int(one.get("start"), 0), int(one.get("length"), 0))
              for one in ElementTree.fromstring(body).iter("memory")]  # fmt: skip

    def kind(address):
        return [type_ for type_, start, size in places if start <= address < start + size]

    assert kind(0) == ["flash"] and kind(RAM) == ["ram"]
    assert kind(0xE000_EF34) == kind(0x4000_4000) == ["ram"]
    assert kind(0xFFFF_FFED) == []


# -- registers ---------------------------------------------------------------------------------------------------


def test_registers_are_read_and_written(program):
    assert program.ask(f"P5={word(0x12345678)}") == "OK"
    assert program.ask("p5") == word(0x12345678)
    assert program.ask("g")[5 * 8 : 6 * 8] == word(0x12345678)
    assert program.ask("pd") == program.ask("p1a") == word(STACK_TOP)
    assert program.ask(f"Pd={word(STACK_TOP - 8)}") == "OK"
    assert program.ask("p1a") == word(STACK_TOP - 8), "sp is msp here"
    assert program.ask(f"P22={word(1)}{word(2)}") == "OK"
    assert program.ask("p22") == word(1) + word(2)
    assert program.session.debugger.machine.registers.s[4:6] == [1, 2]


def test_all_registers_written_back_change_nothing(program):
    program.ask("vCont;s:1;c")
    before = program.ask("g")
    assert program.ask(f"G{before}") == "OK"
    assert program.ask("g") == before


def test_the_exception_number_is_not_a_debuggers_to_write(program):
    assert program.ask(f"P19={word(0xF100000F)}") == "OK"
    assert program.ask("p19") == word(0xF1000000)


# -- memory ------------------------------------------------------------------------------------------------------


def test_memory_is_read_and_written_in_both_forms(program):
    assert program.ask(f"M{RAM:x},4:01020304") == "OK"
    assert program.ask(b"X%x,3:a#b" % (RAM + 4)) == "OK"
    assert program.ask(f"m{RAM:x},8") == "01020304" + b"a#b".hex() + "00"
    assert program.ask(b"X%x,0:" % RAM) == "OK", "GDB asks so whether there is X"
    assert program.ask("m400,5") == b"text\0".hex()


def test_a_read_over_the_end_of_memory_answers_what_there_is(program):
    start = 0x2040_0000 - 2
    size = len(program.ask(f"m{start:x},8")) // 2
    assert size in (2, 8)
    assert program.ask("m30000000,4").startswith("E")


@pytest.mark.parametrize("address", [0xFFFF_FFED, 0xFFFF_FFFD, 0xFFFF_FFE0, 0x1_0000_0000])
def test_reading_near_exc_return_is_an_error(program, address):
    assert program.ask(f"m{address:x},4").startswith("E")


def test_the_system_space_is_read_without_side_effects_and_written_as_by_a_store(program):
    machine = program.session.debugger.machine
    assert program.ask("me000ef34,8") == word(machine.system.peek(0xE000_EF34, 4)) + word(0)
    assert program.ask(f"Me000ed94,4:{word(5)}") == "OK"
    assert machine.mpu.ctrl == 5
    machine.system.write(0xE000_E010, 4, 7, True)
    program.ask("me000e010,4")
    assert program.ask("me000ed94,3").startswith(word(5)[:4])


def test_a_register_that_a_load_would_change_is_not_read(program):
    assert program.ask("m40004000,4").startswith("E"), "the UART's data register"


def test_load_programs_flash_when_it_is_done(program):
    assert program.ask("vFlashErase:00000000,00000400") == "OK"
    assert program.ask("m100,4") == "ffffffff"
    assert program.ask(b"vFlashWrite:100:\x00\xbf#\x00") == "OK"
    assert program.ask("m100,4") == "ffffffff"
    assert program.ask("vFlashDone") == "OK"
    assert program.ask("m100,4") == "00bf2300"
    assert program.ask(f"vFlashErase:{RAM:x},400").startswith("E"), "that is no flash"


# -- running -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["0", "1"])
def test_a_breakpoint_stops_each_time_and_says_of_which_kind_it_is(program, kind):
    place = CODE + 8
    assert program.ask(f"Z{kind},{place:x},2") == "OK"
    for turn in range(3):
        reply = program.ask("vCont;c")
        assert reply.startswith(f"T05{'sh'[int(kind)]}wbreak:;thread:1;")
        assert registers_of(reply)[15] == place and registers_of(reply)[0] == turn
    assert program.ask(f"z{kind},{place:x},2") == "OK"
    assert program.ask("vCont;c") == "W03"


def test_a_breakpoint_that_was_set_twice_must_be_removed_twice(program):
    for payload in ("Z1,108,2", "Z0,108,2", "z0,108,2"):
        assert program.ask(payload) == "OK"
    assert program.ask("vCont;c").startswith("T05hwbreak")
    program.ask("z1,108,2")
    assert program.ask("vCont;c") == "W03"


def test_a_watchpoint_is_told_of_behind_the_write_with_a_watched_address(program):
    assert program.ask(f"Z2,{RAM + 5:x},1") == "OK"
    for turn in (1, 2, 3):
        reply = program.ask("vCont;c")
        assert reply.startswith(f"T05watch:{RAM + 5:08x};")
        assert program.ask(f"m{RAM + 5:x},1") == f"{turn:02x}"
        assert registers_of(reply)[15] == CODE + 12
    assert program.ask("vCont;c") == "W03"


def test_the_address_of_a_watchpoint_is_within_what_is_watched(program):
    assert program.ask(f"Z3,{RAM + 18:x},1") == "OK"
    assert program.ask("vCont;c").startswith(f"T05rwatch:{RAM + 18:08x};"), "the load is of a word"
    program.ask(f"z3,{RAM + 18:x},1")
    program.ask(f"Z4,{RAM + 16:x},4")
    assert program.ask("vCont;c").startswith(f"T05awatch:{RAM + 16:08x};")


def test_the_byte_beside_a_watched_one_is_not_watched(program):
    program.ask(f"Z2,{RAM + 4:x},1")
    program.ask(f"Z2,{RAM + 6:x},1")
    assert program.ask("vCont;c") == "W03"


def test_a_step_over_a_watched_access_is_told_of_too(program):
    program.ask(f"Z2,{RAM + 5:x},1")
    assert [program.ask("vCont;s:1;c")[:8] for _ in range(4)] == ["T05threa"] * 3 + ["T05watch"]


def test_a_run_that_begins_at_a_watched_access_is_told_of_it(program):
    for _ in range(3):
        program.ask("vCont;s:1")
    program.ask(f"Z2,{RAM + 5:x},1")
    reply = program.ask("vCont;c")
    assert reply.startswith("T05watch") and registers_of(reply)[0] == 1


def test_a_range_is_stepped_in_one_packet_up_to_a_breakpoint(program):
    reply = program.ask(f"vCont;r{CODE:x},{CODE + 0x10:x}:1;c")
    assert registers_of(reply)[15] == CODE + 0x10
    program.ask(f"Z1,{CODE + 8:x},2")
    reply = program.ask(f"vCont;r{CODE:x},{CODE + 0x14:x}:1;c")
    assert registers_of(reply)[15] == CODE + 8 and "hwbreak" in reply


def test_the_end_is_told_and_told_again(program):
    assert program.ask("c") == "W03"
    assert program.ask("c") == "W03"
    assert program.ask("?") == "W03"
    assert "<thread " not in program.ask("qXfer:threads:read::0,1000")


def test_r_and_vrun_begin_again_where_the_client_may_start_programs(program):
    assert program.ask("vRun;") == ""
    assert program.ask("!") == "OK"
    assert program.ask("c") == "W03"
    reply = program.ask("vRun;616263")
    assert reply.startswith("T05thread:1;") and registers_of(reply)[15] == CODE
    assert program.ask(f"m{RAM + 5:x},1") == "00"
    assert program.ask("c") == "W03"
    program.ask("R00")
    assert registers_of(program.ask("?"))[15] == CODE
    assert program.ask("vRun;;6162").startswith("E.arguments")


def test_an_interrupt_ends_a_loop_that_never_ends(tmp_path):
    with client_of(write_elf(tmp_path / "a.elf", "b .")) as client:
        client.session.feed(encode(b"vCont;c"))
        client.session.work()
        assert client.session.is_running
        client.session.feed(encode(b"g") + b"\x03")
        client.sent.clear()
        client.session.work()
        assert not client.session.is_running
        assert client.sent[0].startswith(b"$T02thread:1;") and len(client.sent) == 1, "nothing else is heard"


def test_a_client_that_leaves_takes_its_breakpoints_along(program):
    program.ask("Z1,108,2")
    assert program.ask("D") == "OK"
    assert program.session.is_over and not program.session.debugger.points.breakpoints


def test_what_a_kill_leaves_is_the_beginning(program):
    program.ask("vCont;s")
    assert program.ask("k") == ""
    assert program.session.is_over and program.session.debugger.machine.registers.pc == CODE


# -- a kernel's threads, and the console ----------------------------------------------------------------------------


def threads_of(client):
    body = client.ask("qXfer:threads:read::0,3000")[1:].split("?>")[1]
    return {one.get("name"): (int(one.get("id"), 16), one.text) for one in ElementTree.fromstring(body)}


def test_threads_have_names_states_and_saved_registers():
    with client_of(SHARING) as client:
        image = client.session.debugger.machine.image
        user = image.symbols.by_name["user"].address & ~1
        client.ask(f"Z1,{user:x},2")
        reply = client.ask("vCont;c")
        threads = threads_of(client)
        assert set(threads) == {"0x02", "0x01", "Init", "IDLE"}
        assert f"thread:{threads['0x02'][0]:x};" in reply and threads["0x02"][1] == "running"
        assert threads["0x01"][1].startswith("waits for semaphore done")
        assert threads["Init"][1].startswith("waits for the end of thread 0x01")
        assert client.ask(f"Hg{threads['0x01'][0]:x}") == "OK"
        pc = struct.unpack("<I", bytes.fromhex(client.ask("pf")))[0]
        assert image.symbols.find_code(pc).name == "sem_wait"
        assert client.ask(f"P0={word(0)}") == "E.only the registers of the running thread can be written"
        assert client.ask("qfThreadInfo") == "m" + ",".join(f"{number:x}" for number, _ in threads.values())
        assert "sensor" not in client.ask("qThreadExtraInfo,1")
        assert bytes.fromhex(client.ask(f"qThreadExtraInfo,{threads['IDLE'][0]:x}")).startswith(b"IDLE: is ready")
        assert client.ask("Hg7777") == "E.there is no such thread any more"


def test_a_name_that_the_guest_chose_cannot_break_the_xml():
    from emulator.gdb.query_packets import _plain, _text

    assert _text("<a&b>\x00\x1b") == "&lt;a&amp;b&gt;??"
    assert _plain('"\n') == '"?'


def test_the_console_is_told_line_by_line_while_the_program_runs():
    with client_of(PREBUILT / "hello.elf") as client:
        assert client.ask("vCont;c") == "W00"
        assert b"*** BEGIN OF TEST hello ***\n" in client.console and b"Hello World\n" in client.console
        assert client.ask("vCont;c") == "W00"


def test_the_program_stops_at_the_instruction_that_faults_and_the_handler_comes_next():
    with client_of(ISOLATION) as client:
        machine = client.session.debugger.machine
        reply = client.ask("vCont;c")
        assert reply.startswith("T0bthread:")
        assert "MemManage: Init (POSIX_Init, main.c:39), in memset" in client.console.decode()
        assert machine.faults.CFSR == 0 and machine.registers.ipsr == 0
        assert machine.image.symbols.find_code(registers_of(reply)[15]).name == "memset"
        address = int(re.search(r"(0x\w+) <- ", client.console.decode())[1], 0)
        reply = client.ask("vCont;S0b:3e9;c")
        assert reply.startswith("T05thread:4;"), "a step ends at the handler's first instruction"
        assert machine.faults.CFSR == 0x82 and address == machine.faults.MMFAR
        assert client.ask("vCont;c").startswith("T06thread:4;")
        assert client.ask("vCont;c") == "X06"


def test_fault_stop_can_be_off():
    with client_of(ISOLATION) as client:
        assert client.monitor("fault-stop off") == "fault-stop is off\n"
        assert client.ask("vCont;c").startswith("T06")


@pytest.mark.parametrize("name", ["stack_isolation", "matrix_a_blocked_receiver", "unprivileged_isolation"])
def test_a_fault_that_was_stopped_at_is_told_in_the_words_that_the_report_will_have(name):
    with client_of(PREBUILT / f"{name}.elf") as client:
        assert client.ask("vCont;c").startswith("T0b")
        foreseen = client.monitor("why")
        client.ask("vCont;s")
        assert client.monitor("why") == foreseen


def test_the_budget_ends_a_program(tmp_path):
    with client_of(write_elf(tmp_path / "a.elf", "b ."), "--max-instructions", "3000000") as client:
        assert client.ask("vCont;c").startswith("T18thread:1;")
        assert client.session.debugger.machine.engine.executed == 3_000_000


# -- monitor commands --------------------------------------------------------------------------------------------


def test_help_names_every_command_and_a_wrong_one_is_taught():
    with client_of(SHARING) as client:
        names = {line.split()[1] for line in client.monitor("help").splitlines()}
        assert {"reset", "restart", "threads", "why", "mpu", "shares", "break-rights", "break-call"} <= names
        assert client.monitor("halp") == "there is no monitor command 'halp'; monitor help lists them\n"
        assert client.monitor("reset now") == "Use: monitor reset [halt]\n"
        assert client.monitor('help "') == "No closing quotation\n"
        assert client.monitor("") == client.monitor("help")


def test_what_cortex_debug_sends_works(program):
    assert program.ask("!") == "OK"
    program.ask("vCont;s")
    assert program.monitor("reset halt") == f"reset; stopped at 0x{CODE:08x}\n"
    assert program.monitor("halt") == ""
    assert registers_of(program.ask("?"))[15] == CODE


@pytest.mark.parametrize(
    ("line", "words"),
    [("unbreak \N{SUPERSCRIPT TWO}", "Use: monitor unbreak"), ("last-write -4", "-4 is no address of 32 bits"),
     ("last-write 0x100000000", "0x100000000 is no address"), ("last-write 0xfffffffe", "beyond the end of memory"),
     ("last-write 0 0", "cannot be watched"), ("goto #1", "there is no checkpoint 1"), ("goto", "Use: monitor goto"),
     ("goto -1", "-1 is no time: the run begins at 0"), ("goto #", "'' is no number of a checkpoint"),
     ("mpu 0x120000000", "0x120000000 is no address of 32 bits"), ("shares", "asks the kernel of v7m cc")],
)  # fmt: skip
def test_a_monitor_command_that_makes_no_sense_is_answered_in_words(program, line, words):
    assert program.ask(f"qRcmd,{line.encode().hex()}") == "OK"
    assert words in program.console.decode()


def test_a_checkpoint_behind_a_restart_is_gone(program):
    program.ask("vCont;c")
    for line in ("checkpoint", "restart", "goto #1"):
        program.ask(f"qRcmd,{line.encode().hex()}")
    assert "there is no checkpoint 1; those behind a change or a restart are gone" in program.console.decode()
