"""A session with one client, as a state machine that is fed with bytes: no socket, no thread, no loop of its own.

Whoever owns the connection gives it what arrives (``feed``), lets it work while the program runs (``work``), and sends
what ``send`` is called with. While the program runs, only an interrupt is heard.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.debugger.debugger import Debugger, Verb
from emulator.debugger.threads import DebugThread
from emulator.gdb import (  # noqa: F401 - importing them registers their packets
    memory_packets,
    point_packets,
    query_packets,
    register_packets,
    run_packets,
)
from emulator.gdb.monitor import Monitor
from emulator.gdb.packet import PACKET_SIZE, Kind, Received, Stream, encode
from emulator.gdb.packets import NO_THREAD, NOT_NOW, PacketError, answer
from emulator.gdb.register_map import RegisterMap
from emulator.gdb.stop_replies import stop_reply, thread_stop
from emulator.gdb.target_memory import TargetMemory
from emulator.machine.stop import StopReason

CONSOLE_PIECE = PACKET_SIZE // 2 - 8
Explain = Callable[[StopReason], str]
"""Returns what a person is to read of a stop, '' for nothing."""


class Session:
    """One client's session with ``debugger``; ``send`` gets the bytes for the client."""

    def __init__(self, debugger: Debugger, monitor: Monitor, explain: Explain, send: Callable[[bytes], None]) -> None:
        self.debugger = debugger
        self.monitor = monitor
        self.registers: RegisterMap = RegisterMap(debugger.machine.config.has_fpu)
        self.memory: TargetMemory = TargetMemory(debugger.machine)
        self.explain = explain
        self.is_over = False
        """Whether the client has left: by detaching, killing, or going away."""
        self.is_extended: bool = False
        self.is_unwanted: Callable[[], bool] = lambda: False
        """Whether the client wants no more of what is done for it, or is gone: whoever has the connection knows."""
        self.client_features: set[bytes] = set()
        self.chosen = 0
        """The thread that registers are asked of; 0: the one that the processor executes."""
        self.flash: list[tuple[int, bytes]] = []
        """What is to be programmed when vFlashDone comes."""
        self.software: set[int] = set()
        """Where the client has set software breakpoints: it wants to be told of which kind one was."""
        self._send = send
        self._stream = Stream()
        self._acknowledges = True
        self._last = b""
        self._verb: Verb | None = None
        self._console = bytearray()
        self._told: StopReason | None = None
        self._is_elsewhere = False
        reason = debugger.reason
        self.last_stop = thread_stop(self, 5) if reason is None else stop_reply(self, reason, is_again=False)

    # -- what the connection calls -----------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether ``work`` has something to do."""
        return self._verb is not None

    def feed(self, data: bytes) -> None:
        """Take what the client has sent.

        A packet that comes twice at a time was sent again because we were late: there is one answer.
        """
        before: Received | None = None
        for received in self._stream.feed(data):
            if self.is_over:
                return
            if received.kind is not Kind.PACKET or received != before or not self._acknowledges:
                self._receive(received)
            before = received

    def work(self) -> None:
        """Let the program run for a slice; tell the client when it stops."""
        assert self._verb is not None
        try:
            next(self._verb)
        except StopIteration as end:
            self._verb = None
            self._stopped(end.value)
        else:
            self.flush_console()

    def close(self) -> None:
        """The client is gone: its breakpoints go, and the program waits where it is."""
        self.is_over = True
        self._verb = None
        self.debugger.points.clear()
        self.debugger.points.apply()

    def console(self, data: bytes) -> None:
        """The program, or the debugger, has something for the client's console."""
        self._console += data
        if b"\n" in data or len(self._console) >= CONSOLE_PIECE:
            self.flush_console()

    def flush_console(self) -> None:
        """Send what there is."""
        while self._console:
            piece, self._console = self._console[:CONSOLE_PIECE], self._console[CONSOLE_PIECE:]
            self._packet(b"O" + piece.hex().encode())

    @property
    def has_exited(self) -> bool:
        """Whether the client was told that the program is gone."""
        return self.last_stop[:1] in (b"W", b"X")

    # -- what the handlers of packets call ---------------------------------------------------------------------------

    @property
    def explains_errors(self) -> bool:
        """Whether the client reads errors in words."""
        return b"error-message+" in self.client_features

    def thread(self, number: int = 0) -> DebugThread:
        """Return a thread, the chosen one for 0. Raises PacketError when there is none."""
        wanted = number or self.chosen or self.debugger.current
        for thread in self.debugger.threads():
            if thread.number == wanted:
                return thread
        raise PacketError(NO_THREAD, "there is no such thread any more")

    def start(self, verb: Verb) -> None:
        """Let the program run; the reply comes when it stops."""
        if self._verb is not None:
            raise PacketError(NOT_NOW)
        self.chosen = 0
        self._is_elsewhere = False
        self._verb = verb

    def acknowledge_no_more(self) -> None:
        """QStartNoAckMode: from the reply on nobody acknowledges."""
        self._acknowledges = False

    def reset(self) -> None:
        """Reset the system."""
        self.debugger.reset()
        self.moved()

    def moved(self) -> None:
        """The program is elsewhere, and did not run there: a client may still hold to a thread that is not there."""
        self._told = None
        self.chosen = 0
        self._is_elsewhere = True
        self.last_stop = thread_stop(self, 5)

    def restart(self) -> None:
        """The program begins again."""
        self.debugger.restart()
        self.moved()

    def choose(self, number: int) -> None:
        """Let registers be asked of a thread, 0: of the current one. Raises PacketError when there is none.

        While a client does not know that the program is elsewhere, the current one stands in for those that are gone.
        """
        if number and self._is_elsewhere and not self.debugger.contexts.exists(number):
            number = 0
        self.chosen = self.thread(number).number if number else 0

    # -- packets -----------------------------------------------------------------------------------------------------

    def _receive(self, received: Received) -> None:
        if received.kind is Kind.INTERRUPT:
            if self._verb is not None:
                self.debugger.interrupt()
        elif received.kind is Kind.NACK:
            if self._acknowledges and self._last:
                self._send(self._last)
        elif received.kind is Kind.DAMAGED:
            if self._acknowledges:
                self._send(b"-")
        elif received.kind is Kind.PACKET:
            if self._acknowledges:
                self._send(b"+")
            if self._verb is None:  # else the client may only interrupt
                reply = answer(self, received.payload)
                if reply is not None:
                    self._packet(reply)

    def _packet(self, payload: bytes) -> None:
        self._last = encode(payload)
        self._send(self._last)

    def _stopped(self, reason: StopReason) -> None:
        words = "" if reason is self._told else self.explain(reason)
        if words:
            self.console(words.encode())
        self.flush_console()
        self.last_stop = stop_reply(self, reason, is_again=reason is self._told)
        self._told = reason if self.debugger.ended is not None else None
        self._packet(self.last_stop)
