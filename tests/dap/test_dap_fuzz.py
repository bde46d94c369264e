"""Thousands of messages that no client would send, and lines that no GDB would write: the adapter answers or complains,
and never breaks."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from support.dap_client import Client
from support.dap_link import Talk

from emulator.dap.framing import MessageReader, encode
from emulator.dap.requests import REQUESTS
from emulator.dap.session import ENDED

NAMES = [*sorted(set(REQUESTS) - {"disconnect", "terminate"}), "cancel", "unknown", ""]
FIELD_NAMES = """
    threadId frameId source path breakpoints line name condition hitCondition logMessage variablesReference
    start count value expression context memoryReference offset data instructionOffset instructionCount dataId
    accessType filters filterOptions granularity startFrame levels requestId instructionReference program
    target cwd args sourceMap
"""
FIELDS = FIELD_NAMES.split()
WHAT_GDB_WOULD_NOT_WRITE = r"""
^done
^running
^error
^error,msg="no"
^exit
^connected
*running
*running,thread-id="all"
*stopped
*stopped,reason="breakpoint-hit",bkptno="1",thread-id="1"
*stopped,reason="exited",exit-code="0x9"
*stopped,reason="signal-received",signal-name="SIGSEGV",thread-id="x"
*stopped,reason=[],thread-id={}
*stopped,reason="watchpoint-trigger",wpt={number="1"},value={old="1",new="2"}
*stopped,reason="exited"
*stopped,reason="watchpoint-trigger",wpt="1",value="1"
*stopped,reason="read-watchpoint-trigger"
^done,bkpt={number="1",line="x"}
^done,bkpt={number="1.2"}
^done,bkpt="1"
^done,bkpt={number="1",locations=[]}
^done,threads=[{id="1"},{id="x"},"y"]
^done,threads={}
^done,depth="many"
^done,depth="2"
^done,stack=[frame={level="0"},frame={level="x"}]
^done,variables=[{name="a"},{}]
^done,name="var1",numchild="3"
^done,name="var1",numchild="-1",value="0x10",type="int *"
^done,children=[child={name="var1.a",exp="a"}]
^done,value="0x20"
^done,memory=[{begin="0x0",contents="zz"}]
^done,memory=[{begin="0x0",contents="00"}]
^done,asm_insns=[{address="0x0",inst="nop"},{},"x"]
^done,register-names=["r0","","s1"]
^done,features=["reverse"]
^done,register-values=[{number="0",value="0x1"},{number="99"}]
@"text"
~"text"
&"text"
=thread-created
=thread-created,id="x"
=thread-exited,id="1"
garbage
~"unfinished
12
(gdb)
\x00\xff
"""
LINES = WHAT_GDB_WOULD_NOT_WRITE.splitlines()


def value(chance: random.Random, depth: int = 0) -> Any:
    """Return any JSON value, often one that could be meant."""
    plain: list[Any] = [
        *(0, 1, -1, 2**31, 2**63, 10**30, 1.5, True, False, None, "", "x", "1", "0x20000000", "a.elf", "write", "repl"),
        *(
            "faults",
            "0x20000000/4",
            "instruction",
            "AAAA",
            "\0",
            "\n",
            "\ud800",
            "monitor",
            '"',
            "{x}",
            "-exec x",
            "%3",
        ),
    ]
    kind = chance.random()
    if depth > 3 or kind < 0.7:
        return chance.choice(plain)
    if kind < 0.85:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(FIELDS): value(chance, depth + 1) for _ in range(chance.randrange(5))}


def request(chance: random.Random, number: int) -> dict[str, Any]:
    arguments: Any = {chance.choice(FIELDS): value(chance) for _ in range(chance.randrange(8))}
    message = {"seq": number, "type": "request", "command": chance.choice(NAMES), "arguments": arguments}
    if chance.random() < 0.1:
        message[chance.choice(list(message))] = value(chance)
    return message


def sensible(chance: random.Random, number: int) -> dict[str, Any]:
    """Return a request with the arguments that it needs, so that handlers get far, and one of them spoilt at times."""
    place = {"line": chance.randrange(20), "name": "f", "instructionReference": "0x100", "dataId": "0x20000000/4"}
    extras = {"condition": "x", "hitCondition": chance.choice(["3", "%2", "?"]), "logMessage": "{x}"}
    place |= {name: text for name, text in extras.items() if chance.random() < 0.3}
    arguments: dict[str, Any] = {
        "threadId": 1,
        "frameId": 1,
        "source": {"path": "/x/a.c"},
        "breakpoints": [place, place],
    }
    arguments |= {"name": "a", "variablesReference": chance.randrange(1, 6), "value": "1", "expression": "x"}
    arguments |= {"memoryReference": "0x100", "count": 8, "instructionCount": 4, "instructionOffset": -2}
    arguments |= {"data": "AAAA", "filters": ["faults"]}
    if chance.random() < 0.3:
        arguments[chance.choice(list(arguments))] = value(chance)
    return {"seq": number, "type": "request", "command": chance.choice(NAMES), "arguments": arguments}


@pytest.mark.parametrize("seed", range(8))
def test_no_message_and_no_line_breaks_a_session(seed: int) -> None:
    chance = random.Random(seed)
    talk = Talk()
    for number in range(1, 1001):
        if talk.session.phase == ENDED or number % 100 == 1:
            talk = Talk()
            if chance.random() < 0.8:
                talk.stopped()
        make = sensible if chance.random() < 0.7 else request
        message = make(chance, 1000 + number)
        for decoded in MessageReader().feed(encode(message)):
            talk.session.receive(decoded)
        for _ in range(chance.randrange(6)):
            line = chance.choice(LINES)
            if line.startswith("^") and talk.link.commands:
                command = talk.link.commands[-1]
                line = command[: len(command) - len(command.lstrip("0123456789"))] + line
            talk.session.receive_gdb(line)
    for message in talk.link.sent:
        assert json.loads(encode(message).partition(b"\r\n\r\n")[2])["type"] in ("response", "event")
    for command in talk.link.commands:
        assert "\n" not in command and "\0" not in command


@pytest.mark.parametrize("seed", range(4))
def test_every_request_is_answered_exactly_once(seed: int) -> None:
    """GDB says yes to everything here, and says it at once."""
    chance = random.Random(seed)
    talk = Talk().stopped()
    numbers = range(1000, 1400)
    for number in numbers:
        talk.session.receive(sensible(chance, number))
        talk.finish()
        if talk.session.is_running or talk.session.phase != "connected":
            talk = Talk().stopped()
            continue
        answers = [m for m in talk.link.sent if m["type"] == "response" and m["request_seq"] == number]
        assert len(answers) == 1, number


@pytest.mark.parametrize("seed", range(4))
def test_broken_bytes_reach_neither_the_session_nor_gdb(seed: int) -> None:
    chance = random.Random(seed)
    good = b"".join(encode(sensible(chance, number)) for number in range(200))
    reader = MessageReader()
    for _ in range(300):
        data = bytearray(good[chance.randrange(len(good)) :][: chance.randrange(400)])
        for _ in range(chance.randrange(8)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        for message in reader.feed(bytes(data)):
            assert isinstance(message, dict)
    assert len(reader._buffer) < 1 << 25
    assert all("\n" not in words for words in reader.complaints) and reader.complaints


def test_the_process_survives_what_is_no_protocol_and_then_serves() -> None:
    chance = random.Random(7)
    with Client() as client:
        for _ in range(20):
            client.send_bytes(bytes(chance.randrange(256) for _ in range(200)) + b"\r\n\r\n")
            client.send_bytes(b"Content-Length: 5\r\n\r\nhello")
            client.send_bytes(encode(request(chance, 5)).replace(b"seq", b"qes"))
        client.send_bytes(b"\r\n\r\nContent-Length: %d\r\n\r\n" % (1 << 24) + b"[" * (1 << 24))
        assert client.ask("initialize", adapterID="v7m")["supportsConfigurationDoneRequest"]
        client.ask("disconnect")
        assert client.process.wait(10) == 0


def test_a_client_that_vanishes_in_the_middle_of_a_message_ends_the_process() -> None:
    with Client() as client:
        client.send_bytes(b"Content-Length: 100\r\n\r\n{")
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(10) == 0
