"""Random, damaged, cut and oversized packets: the server never fails, and only what asks for it writes to the guest."""

import random

from support.gdb import client_of
from support.small_programs import write_elf

from emulator.gdb.packet import PACKET_SIZE, encode
from emulator.gdb.packets import PACKETS

PACKET_COUNT = 100_000
HARMLESS = [
    *(b"?", b"g", b"p0", b"p30", b"p99", b"m20000000,20", b"m0,10", b"me000ed00,8", b"mfffffff0,10", b"m40004000,4"),
    *(b"Z0,100,2", b"Z1,104,2", b"z0,100,2", b"z1,104,2", b"Z2,20000010,4", b"z2,20000010,4", b"Z3,20000010,1"),
    *(b"z3,20000010,1", b"H g1", b"Hg0", b"Hc-1", b"T1", b"qC", b"vCont?", b"qfThreadInfo", b"qsThreadInfo"),
    *(b"qXfer:features:read:target.xml:0,40", b"qXfer:threads:read::0,1000", b"qXfer:memory-map:read::10,20"),
    *(b"qSupported:swbreak+", b"qAttached:1", b"qThreadExtraInfo,1", b"vMustReplyEmpty", b"qRcmd,68656c70"),
    *(b"qRcmd,746872656164730a", b"qRcmd,6d7075203078", b"vFile:open:2f", b"qSymbol::", b"qOffsets"),
]
CHANGES = (b"G", b"P", b"M", b"X", b"c", b"C", b"s", b"S", b"vCont", b"bs", b"bc", b"vRun", b"R", b"k", b"D", b"vKill",
           b"vFlash")  # fmt: skip
"""What begins so may write, run, or end the session."""
LIVELY = (b"qRcmd,7265", b"qRcmd,6661", b"qRcmd,62", b"qRcmd,67")
"""monitor re(set, start), fa(ult-stop), b(reak-...), g(oto)"""


def mangled(chance: random.Random, payload: bytes) -> bytes:
    """Return ``payload`` with some bytes changed, taken out, doubled or cut off."""
    data = bytearray(payload)
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(data) + 1)
        what = chance.randrange(4)
        if what == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif what == 1:
            data[at:at] = chance.randbytes(chance.randrange(6))
        elif what == 2:
            del data[at : at + chance.randrange(4)]
        else:
            data[at:at] = data[at : at + 8]
    return bytes(data)


def may_change(payload: bytes) -> bool:
    return payload.startswith(CHANGES) or payload.lower().startswith(LIVELY)


def framed(chance: random.Random, payload: bytes) -> bytes:
    """Return the payload as a packet; sometimes with a wrong checksum, cut short, or too long."""
    kind = chance.randrange(20)
    if kind == 0:
        return b"$" + payload.replace(b"#", b"").replace(b"$", b"") + b"#" + chance.randbytes(2).hex().encode()[:2]
    if kind == 1:
        return encode(payload)[: chance.randrange(len(payload) + 4)] + b"$g#67"
    if kind == 2:
        return chance.randbytes(chance.randrange(30)).replace(b"$", b"") + encode(payload)
    if kind == 3 and chance.randrange(50) == 0:
        return encode(b"m" + b"0" * (2 * PACKET_SIZE + 10))
    return encode(payload)


def test_a_hundred_thousand_packets_neither_fail_nor_write(tmp_path):
    chance = random.Random(10)
    with client_of(write_elf(tmp_path / "a.elf", "nop; b .")) as client:
        machine = client.session.debugger.machine
        session = client.session
        machine.poke(0x2000_0000, bytes(range(256)))

        def state():
            registers = machine.registers
            blocks = [bytes(block.view[:0x1000]) for block in machine.bus.blocks]
            return *blocks, list(registers.r), registers.pc, registers.xpsr, machine.mpu.ctrl, machine.engine.executed

        before = state()
        names = sorted(PACKETS)
        for count in range(PACKET_COUNT):
            payload = chance.choice(HARMLESS) if chance.randrange(4) else chance.choice(names) + chance.randbytes(6)
            payload = mangled(chance, payload)
            if may_change(payload):
                continue
            session.feed(framed(chance, payload))
            assert not session.is_running and not session.is_over, payload
            client.sent.clear()
            if count % 2000 == 0:
                assert state() == before, payload
        assert state() == before
        session.feed(b"#00")
        assert client.ask("p0") == "00000000", "it still answers"


def test_packets_that_write_and_run_do_not_fail_either(tmp_path, monkeypatch):
    monkeypatch.setattr("emulator.debugger.debugger.SLICE", 10_000)
    chance = random.Random(11)
    wild = [b"G" + b"00" * 92, b"P0=01000000", b"Pf=00010000", b"P19=00000001", b"M20000000,4:01020304"]
    wild += [b"X20000000,2:ab"]
    wild += [b"c", b"s", b"vCont;c", b"vCont;s:1;c", b"vCont;r100,104:1", b"vFlashErase:0,400", b"vFlashWrite:0:abc"]
    wild += [b"bs", b"bc"]
    wild += [b"vFlashDone", b"R00", b"vRun;", b"!", b"Me000ed94,4:05000000", b"Pd=00000020", b"qRcmd,726573746172740a"]
    with client_of(write_elf(tmp_path / "a.elf", "nop; b .")) as client:
        session = client.session
        for _ in range(600):
            payload = mangled(chance, chance.choice(wild + HARMLESS))
            if payload.startswith((b"D", b"k")):
                continue
            session.feed(framed(chance, payload))
            for _ in range(3):
                if session.is_running:
                    session.work()
            if session.is_running:
                session.feed(b"\x03")
                session.work()
            assert not session.is_running
            client.sent.clear()
