"""A run over virtual time, from its trace: who executed, who waited for what, exceptions, shares, regions, events.

Pieces of time are (start, end) pairs; what had not ended lasts to the end of the run. Chrome's trace, the HTML page and
CTF are made of this. A trace of some events only would tell of things that were not so, and is refused.
"""

from __future__ import annotations

import json

from emulator.annotations import Any
from emulator.armv7m.faults import exception_name
from emulator.armv7m.mpu_explain import describe_size
from emulator.armv7m.mpu_region import ACCESS_PERMISSIONS, decode_region
from emulator.errors import ConfigError
from emulator.records import dataclass, field
from emulator.trace.sentences import describe_rights
from emulator.trace.trace_file import TraceFile, damaged

MAIN = "0x00000000"
"""The id of what executes where there is no thread: a bare program's code, or the start-up code."""
MPU_CTRL = -1

Members = dict[str, Any]
Slice = tuple[int, int]


@dataclass(slots=True)
class ThreadTime:
    """One thread. ``waits`` has what it waited for, ``shown`` the last name that it had."""

    id: str
    shown: str
    entry: str
    base: int
    size: int
    priority: int
    created: int
    ended: int | None = None
    running: list[Slice] = field(default_factory=list)
    waits: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Whether it is the kernel's idle thread."""
        return self.shown == "IDLE" and self.priority == 255


@dataclass(frozen=True, slots=True)
class ShareTime:
    """``target`` might use the stack of ``owner`` so (both are ids of threads); ``until`` is None at the run's end."""

    owner: str
    target: str
    rights: str
    since: int
    until: int | None
    via: str
    line: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at ``time``: its ``kind`` in the trace, the id of the thread that did it, and words."""

    time: int
    kind: str
    thread: str
    words: str
    members: Members


@dataclass(slots=True)
class Timeline:
    """``exceptions`` are (start, end, number, depth), ``regions`` (start, end, region, words), ``wakes`` (time, waker,
    woken); the ids of threads are the keys of ``threads``, in the order of their creation."""

    program: str
    board: str
    outcome: str
    headline: str
    end: int
    threads: dict[str, ThreadTime] = field(default_factory=dict)
    exceptions: list[tuple[int, int, int, int]] = field(default_factory=list)
    regions: list[tuple[int, int, int, str]] = field(default_factory=list)
    shares: list[ShareTime] = field(default_factory=list)
    wakes: list[tuple[int, str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def timeline_of(trace: TraceFile) -> Timeline:
    """Return the timeline of a trace. Raises ConfigError."""
    if trace.header.get("filter") is not None:
        raise ConfigError(f"{trace.shown} has only some events of its run. Record it without --trace-filter.")
    return _Builder(trace).timeline()


class _Builder:
    def __init__(self, trace: TraceFile) -> None:
        stop, header = trace.stop, trace.header
        self._trace = trace
        self._found = Timeline(
            str(header["program"]), str(header["board"]), str(stop["outcome"]), str(stop["headline"]), int(stop["t"])
        )
        self._last = 0
        self._executing = (MAIN, 0)
        self._nested: list[tuple[int, int]] = []
        self._waiting: dict[str, tuple[int, str]] = {}
        self._regions: dict[int, tuple[int, str]] = {}
        self._open: dict[tuple[str, str], tuple[int, Members]] = {}

    def timeline(self) -> Timeline:
        found = self._found
        found.threads[MAIN] = ThreadTime(MAIN, "start-up code", "", 0, 0, 0, 0)
        for number, line in enumerate(self._trace.lines, 2):  # the header is line 1
            try:
                self._event(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise damaged(self._trace.shown, number) from None
        self._close()
        if not any(event.kind == "boot" for event in found.events):
            found.threads[MAIN].shown = "program"
        return found

    def _close(self) -> None:
        """What is going on at the end of the run lasts to there."""
        found, end = self._found, self._found.end
        thread, since = self._executing
        found.threads[thread].running.append((since, end))
        for depth, (start, number) in enumerate(self._nested):
            found.exceptions.append((start, end, number, depth))
        for name, (start, reason) in self._waiting.items():
            found.threads[name].waits.append((start, end, reason))
        for region, (start, words) in sorted(self._regions.items()):
            found.regions.append((start, end, region, words))
        for pair, (start, members) in self._open.items():
            self._share_ended(pair, start, None, members)
        found.exceptions.sort()
        found.regions.sort()
        found.shares.sort(key=lambda share: share.since)

    def _event(self, members: Members) -> None:
        kind, time = members["kind"], members["t"]
        if not isinstance(time, int) or time < self._last:
            raise ValueError("no time, or one that went back")
        self._last = time
        change = getattr(self, f"_on_{kind}", None)
        words = change(time, members) if change is not None else ""
        thread = str(members.get("thread") or members.get("caller") or self._executing[0])
        self._found.events.append(Event(time, kind, thread, words or "", members))

    def _name(self, thread: str) -> str:
        known = self._found.threads.get(thread)
        return thread if known is None else known.shown

    # -- one method a kind that says something -------------------------------------------------------------------------

    def _on_thread(self, time: int, members: Members) -> str:
        id, name = members["thread"], members["thread_name"]
        entry = members["entry_symbol"] or members["entry"]
        base, size = int(members["stack_base"], 16), members["stack_size"]
        self._found.threads[id] = ThreadTime(id, name, entry, base, size, members["priority"], time)
        return f"{name} is created, to run {entry}"

    def _on_name(self, time: int, members: Members) -> str:
        before = self._name(members["thread"])
        self._found.threads[members["thread"]].shown = members["name"]
        return f"{before} is called {members['name']}"

    def _on_end(self, time: int, members: Members) -> str:
        self._found.threads[members["thread"]].ended = time
        self._waiting.pop(members["thread"], None)
        return f"{self._name(members['thread'])} ends"

    def _on_switch(self, time: int, members: Members) -> str:
        thread, since = self._executing
        if time > since:
            self._found.threads[thread].running.append((since, time))
        heir = members["heir"]
        self._executing = (heir if heir in self._found.threads else MAIN), time
        return f"switch {self._name(members['outgoing'])} -> {self._name(heir)}"

    def _on_block(self, time: int, members: Members) -> str:
        self._waiting[members["thread"]] = time, members["reason"]
        return f"{self._name(members['thread'])} waits for {members['reason']}"

    def _on_wake(self, time: int, members: Members) -> str:
        woken, waker = members["thread"], members["waker"]
        start, reason = self._waiting.pop(woken, (None, ""))
        if start is not None:
            self._found.threads[woken].waits.append((start, time, reason))
        self._found.wakes.append((time, waker, woken))
        by = f"by {self._name(waker)}" if int(waker, 16) else "by the clock"
        return f"{self._name(woken)} is woken {by}"

    def _on_exception(self, time: int, members: Members) -> str:
        self._nested.append((time, members["exception"]))
        return f"{exception_name(members['exception'])} is taken"

    def _on_return(self, time: int, members: Members) -> str:
        for depth in range(len(self._nested) - 1, -1, -1):
            if self._nested[depth][1] == members["exception"]:
                for inner, (since, other) in enumerate(self._nested[depth:], depth):
                    self._found.exceptions.append((since, time, other, inner))
                del self._nested[depth:]
                break
        return f"{exception_name(members['exception'])} returns"

    def _on_reset(self, time: int, members: Members) -> str:
        for depth, (start, number) in enumerate(self._nested):
            self._found.exceptions.append((start, time, number, depth))
        self._nested.clear()
        return "power-up" if members["count"] == 0 else f"reset {members['count']}"

    def _on_mpu(self, time: int, members: Members) -> str:
        region, rbar, rasr = members["region"], int(members["rbar"], 16), int(members["rasr"], 16)
        if region == MPU_CTRL:
            words = f"MPU_CTRL 0x{rasr:x}" if rasr & 1 else ""
        else:
            decoded = decode_region(rbar, rasr)
            permission = ACCESS_PERMISSIONS[decoded.ap].describe()
            xn, srd = " XN" if decoded.xn else "", f" SRD 0x{decoded.srd:02x}" if decoded.srd else ""
            size = describe_size(decoded.size)
            words = f"0x{decoded.base:08x} {size} {permission}{xn}{srd}" if decoded.enabled else ""
        start, before = self._regions.pop(region, (time, ""))
        if before and time > start:
            self._found.regions.append((start, time, region, before))
        if words:
            self._regions[region] = time, words
        name = "the MPU" if region == MPU_CTRL else f"region {region}"
        return f"{name}: {words or 'off'}"

    def _on_share(self, time: int, members: Members) -> str:
        pair = members["owner"], members["target"]
        before = self._open.pop(pair, None)
        if before is not None:
            self._share_ended(pair, before[0], time, before[1])
        self._open[pair] = time, members
        names = self._name(pair[1]), self._name(pair[0])
        return f"{names[0]} may use the stack of {names[1]}: {_rights(members)}, by {members['via']}"

    def _on_unshare(self, time: int, members: Members) -> str:
        pair = members["owner"], members["target"]
        before = self._open.pop(pair, None)
        if before is not None:
            self._share_ended(pair, before[0], time, before[1])
        return f"{self._name(pair[1])} may no longer use the stack of {self._name(pair[0])}: {members['via']}"

    def _share_ended(self, pair: tuple[str, str], since: int, until: int | None, members: Members) -> None:
        line = members["line"] or members["pc_symbol"] or ""
        share = ShareTime(*pair, _rights(members), since, until, members["via"], line)
        self._found.shares.append(share)

    def _on_call(self, time: int, members: Members) -> str:
        shown = ", ".join(str(value) for value in members["arguments"].values())
        result = members["result"]
        end = "" if result is None else f" fails: {members['error']}" if members["error"] else f" = {result}"
        return f"{members['name']}({shown}){end}"

    def _on_result(self, time: int, members: Members) -> str:
        end = f"fails: {members['error']}" if members["error"] else f"= {members['result']}"
        return f"{members['name']} returns, {end}"

    def _on_fault(self, time: int, members: Members) -> str:
        what = f" {members['access']} of {members['address_symbol'] or members['address']}" if members["access"] else ""
        return f"{members['cause']}:{what} at {members['pc_symbol'] or members['pc']}"

    def _on_console(self, time: int, members: Members) -> str:
        return f"prints {json.dumps(members['data'])}"

    def _on_fatal(self, time: int, members: Members) -> str:
        return f"the fatal error handler is reached: source {members['source']}, code {members['code']}"

    def _on_stack(self, time: int, members: Members) -> str:
        return f"the stack of {members['owner_name']} is protected: {members['base']}, {describe_size(members['size'])}"

    def _on_release(self, time: int, members: Members) -> str:
        return f"the stack of {members['owner_name']} is plain memory again: {members['via']}"

    def _on_copy(self, time: int, members: Members) -> str:
        return f"{members['access']} of {members['size']} bytes for {self._name(members['owner'])}, which waits"

    def _on_priority(self, time: int, members: Members) -> str:
        return f"priority of {self._name(members['thread'])}: {members['before']} -> {members['after']}"


def _rights(members: Members) -> str:
    return describe_rights(members["rights"])
