"""A timeline as a trace in the Common Trace Format 1.8, as Trace Compass and babeltrace2 read it.

Switches and interrupts are events of LTTng's kernel tracer (sched_switch, irq_handler_entry, irq_handler_exit): so does
RTEMS's record library (rtems-record-lttng) give them to Trace Compass. sched_wakeup goes with them, and v7m_ events say
the rest. One stream, one processor, one packet, every field aligned to bytes. One nanosecond is one unit of virtual
time. The idle thread has the id 0, as Linux's has.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from hashlib import sha256

from emulator.armv7m.faults import exception_name
from emulator.exports.timeline import Event, ThreadTime, Timeline

MAGIC = 0xC1FC_1FC1
NAME_SIZE = 16
"""Bytes of a thread's name, as in Linux: cut, and with a zero at the end."""
RUNNING, WAITING, DEAD, IDLE = 0, 1, 16, 0x402
"""States of the thread that a switch leaves, as the kernel of Linux numbers them."""
_PACKET = struct.Struct("<I16sIQ QQQQQQI")
"""Magic, uuid, stream, instance; begin, end, bits of content and of the packet, number, lost events, processor."""
_HEADER = struct.Struct("<IQ")
SCHED_SWITCH, IRQ_ENTRY, IRQ_EXIT, SCHED_WAKEUP, SAID = range(5)
_SHOWN_BY_OTHERS = frozenset(("switch", "exception", "return", "wake"))

_METADATA = """\
/* CTF 1.8 */

typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 32; align = 8; signed = true; } := int32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
typealias integer { size = 64; align = 8; signed = true; } := int64_t;
typealias integer { size = 8; align = 8; signed = false; encoding = UTF8; } := char_t;
typealias integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; } := time_t;

trace {
    major = 1;
    minor = 8;
    uuid = "{uuid}";
    byte_order = le;
    packet.header := struct {
        uint32_t magic;
        uint8_t uuid[16];
        uint32_t stream_id;
        uint64_t stream_instance_id;
    };
};

env {
    hostname = "v7m";
    domain = "kernel";
    sysname = "Linux";
    kernel_release = "5";
    kernel_version = "0";
    tracer_name = "lttng-modules";
    tracer_major = 2;
    tracer_minor = 11;
    tracer_patchlevel = 0;
    program = "{program}";
    board = "{board}";
    outcome = "{outcome}";
};

clock {
    name = monotonic;
    description = "virtual time: instructions executed, and time slept";
    freq = 1000000000;
    offset = 0;
};

stream {
    id = 0;
    packet.context := struct {
        time_t timestamp_begin;
        time_t timestamp_end;
        uint64_t content_size;
        uint64_t packet_size;
        uint64_t packet_seq_num;
        uint64_t events_discarded;
        uint32_t cpu_id;
    };
    event.header := struct {
        uint32_t id;
        time_t timestamp;
    };
};
"""
_FIELDS = {
    "sched_switch": "char_t _prev_comm[16]; int32_t _prev_tid; int32_t _prev_prio; int64_t _prev_state; "
    "char_t _next_comm[16]; int32_t _next_tid; int32_t _next_prio;",
    "irq_handler_entry": "int32_t _irq; string _name;",
    "irq_handler_exit": "int32_t _irq; int32_t _ret;",
    "sched_wakeup": "char_t _comm[16]; int32_t _tid; int32_t _prio; int32_t _target_cpu;",
}
"""The fields of the kernel's events, in the order of their numbers; one leading underscore is not shown."""
_SAID = "int32_t _tid; string _thread; string _words; string _line;"


def ctf_files(timeline: Timeline) -> dict[str, bytes]:
    """Return the files of the trace's directory by their names."""
    return _Writer(timeline).files()


class _Writer:
    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._kinds: dict[str, int] = {}

    def files(self) -> dict[str, bytes]:
        content = b"".join(part for event in self._timeline.events for part in self._event(event))
        uuid = sha256(content).digest()[:16]
        bits = 8 * (_PACKET.size + len(content))
        times = [event.time for event in self._timeline.events] or [0]
        packet = _PACKET.pack(MAGIC, uuid, 0, 0, times[0], times[-1], bits, bits, 0, 0, 0)
        return {"metadata": self._metadata(uuid).encode("ascii"), "stream_0": packet + content}

    def _metadata(self, uuid: bytes) -> str:
        text = _METADATA
        for name in ("program", "board", "outcome"):
            text = text.replace(f"{{{name}}}", _literal(getattr(self._timeline, name)))
        parts = (uuid[:4], uuid[4:6], uuid[6:8], uuid[8:10], uuid[10:])
        text = text.replace("{uuid}", "-".join(part.hex() for part in parts))
        kinds = {f"v7m_{kind}": (number, _SAID) for kind, number in self._kinds.items()}
        events = {name: (number, fields) for number, (name, fields) in enumerate(_FIELDS.items())} | kinds
        for name, (number, fields) in events.items():
            text += f'\nevent {{\n    name = "{name}";\n    id = {number};\n    stream_id = 0;\n'
            text += f"    fields := struct {{ {fields} }};\n}};\n"
        return text

    def _event(self, event: Event) -> Iterator[bytes]:
        members, time = event.members, event.time
        if event.kind == "switch":
            yield self._switch(time, members["outgoing"], members["heir"])
        elif event.kind == "exception":
            number = members["exception"]
            yield _HEADER.pack(IRQ_ENTRY, time) + struct.pack("<i", number) + _string(exception_name(number))
        elif event.kind == "return":
            yield _HEADER.pack(IRQ_EXIT, time) + struct.pack("<ii", members["exception"], 1)
        elif event.kind == "wake":
            thread = self._timeline.threads.get(members["thread"])
            facts = struct.pack("<iii", _tid(members["thread"], thread), 0 if thread is None else thread.priority, 0)
            yield _HEADER.pack(SCHED_WAKEUP, time) + _comm(thread) + facts
        if event.kind not in _SHOWN_BY_OTHERS:
            yield self._said(event)

    def _switch(self, time: int, outgoing: str, heir: str) -> bytes:
        before, after = self._timeline.threads.get(outgoing), self._timeline.threads.get(heir)
        data = _HEADER.pack(SCHED_SWITCH, time) + _comm(before)
        data += struct.pack("<iiq", _tid(outgoing, before), _priority(before), _state(before, time))
        return data + _comm(after) + struct.pack("<ii", _tid(heir, after), _priority(after))

    def _said(self, event: Event) -> bytes:
        number = self._kinds.setdefault(event.kind, SAID + len(self._kinds))
        thread = self._timeline.threads.get(event.thread)
        name = "" if thread is None else thread.shown
        data = _HEADER.pack(number, event.time) + struct.pack("<i", _tid(event.thread, thread))
        return data + _string(name) + _string(event.words) + _string(event.members.get("line") or "")


def _tid(id: str, thread: ThreadTime | None) -> int:
    """Return a thread's number: its object id, 0 for the idle thread and for what is none."""
    number = int(id, 16)
    return 0 if thread is None or thread.is_idle else number - (1 << 32 if number >> 31 else 0)


def _priority(thread: ThreadTime | None) -> int:
    return 0 if thread is None else thread.priority


def _state(thread: ThreadTime | None, time: int) -> int:
    """Return the state that a thread is in when it stops executing."""
    if thread is None:
        return RUNNING
    if thread.is_idle:
        return IDLE
    if thread.ended is not None and thread.ended <= time:
        return DEAD
    index = bisect_right(thread.waits, (time, 1 << 64)) - 1
    return WAITING if index >= 0 and time < thread.waits[index][1] else RUNNING


def _comm(thread: ThreadTime | None) -> bytes:
    name = "" if thread is None else thread.shown
    data = name.encode("utf-8", "replace")[: NAME_SIZE - 1].decode("utf-8", "ignore").encode()
    return data.replace(b"\0", b"?").ljust(NAME_SIZE, b"\0")


def _string(text: str) -> bytes:
    return text.encode("utf-8", "replace").replace(b"\0", b"?") + b"\0"


def _literal(text: str) -> str:
    """Return ``text`` as it may stand between the quotes of the metadata."""
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "?" for c in text)
