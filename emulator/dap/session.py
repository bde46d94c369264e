"""One debugging session: a state machine between an editor and a GDB, fed with messages and lines.

There is no socket, process or thread in here: ``Link`` is all that the session knows of the world. Requests are done
one after another. Each is a generator (see Steps) that yields commands for GDB and is resumed with what GDB answers;
its return value is the body of the response. What GDB says of its own accord (that the program stopped, say) becomes a
job of the same kind, in front of the requests that wait.

State that all requests share is here; what only some of them need is with them: breakpoints.py, variables.py, ...
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping

from emulator.annotations import Any, NamedTuple
from emulator.dap.arguments import Arguments, RequestError
from emulator.dap.breakpoints_table import BreakpointTable
from emulator.dap.framing import Message
from emulator.dap.link import Link
from emulator.dap.mi_syntax import CONSOLE, EXEC, LOG, NOTIFY, RESULT, TARGET, MiSyntaxError, Record, Results, parse
from emulator.dap.sources import Sources
from emulator.dap.steps import AWAIT_STOP, Answer, Body, GdbError, Steps
from emulator.dap.variable_store import VariableStore
from emulator.errors import EmulatorError

NEW, INITIALIZED, CONNECTED, ENDED = "new", "initialized", "connected", "ended"
"""The phases of a session: before initialize; then before launch or attach; with GDB and a target; after the end."""

LOG_MARK = "v7m-log-point: "
"""How lines begin that log points print (log_points_in_gdb.py)."""


class Request(NamedTuple):
    """How a request is done, and what it needs: ``phase``, and of the program ``stopped`` or ``may_interrupt``."""

    work: Callable[[Session, Arguments], Steps]
    phase: str = CONNECTED
    stopped: bool = False
    may_interrupt: bool = False


class _Job:
    """Work under way: a request's (``message``), or our own."""

    def __init__(self, steps: Steps, message: Message | None) -> None:
        self.steps = steps
        self.message = message


class Client:
    """How the client counts lines and columns."""

    first_line = 1
    first_column = 1


class Session:
    """See the module. ``requests`` are the table of requests, ``on_stop`` publishes a stop (stops.publish)."""

    def __init__(
        self,
        link: Link,
        requests: Mapping[str, Request],
        on_stop: Callable[[Session, Results], Steps],
    ) -> None:
        self.link = link
        self.phase = NEW
        self.client = Client()
        self.is_running = False
        self.resumed_with = ""
        self.stops_at_faults = True
        self.is_run_only = False
        self.connecting = False
        self.launched: Arguments | None = None
        self.is_attached = False
        self.python = False
        self.can_reverse = False
        self.explanation = ""
        self.signal = ""
        self.threads: list[dict[str, Any]] = []
        self.frames: list[tuple[int, int]] = []
        self.register_names: list[str] = []
        self.sources = Sources(link.file_exists)
        self.variables = VariableStore()
        self.breakpoints = BreakpointTable()
        self._requests = requests
        self._on_stop = on_stop
        self._jobs: deque[_Job] = deque()
        self._job: _Job | None = None
        self._awaits_stop = False
        self._stop: Results | None = None
        self._token = 0
        self._is_asking = False
        self._said = {CONSOLE: "", TARGET: "", LOG: ""}
        self._sequence = 0

    # -- to the client ---------------------------------------------------------------------------------------------

    def _send(self, message: Message) -> None:
        self._sequence += 1
        self.link.send({"seq": self._sequence, **message})

    def event(self, name: str, body: Body = None) -> None:
        """Send an event."""
        self._send({"type": "event", "event": name, **({} if body is None else {"body": body})})

    def output(self, text: str, category: str = "console") -> None:
        """Show ``text`` in the client's console; ``stdout`` is what the program prints."""
        if text:
            self.event("output", {"category": category, "output": text})

    def _respond(self, message: Message, body: Body) -> None:
        answer = {"type": "response", "request_seq": message["seq"], "success": True, "command": message["command"]}
        self._send(answer if body is None else {**answer, "body": body})

    def _refuse(self, message: Message, words: str, kind: str | None = None) -> None:
        """Say that a request failed: clients show the body's error, and test ``message``, which is short."""
        self._send(
            {
                "type": "response",
                "request_seq": message["seq"],
                "success": False,
                "command": message["command"],
                "message": kind or words,
                "body": {"error": {"id": 1, "format": _plain(words), "showUser": kind is None}},
            }
        )

    # -- from the client -------------------------------------------------------------------------------------------

    def receive(self, message: Message) -> None:
        """Take a message of the client."""
        if self.phase == ENDED or message.get("type") == "response":
            return
        if not _is_request(message):
            self.output("v7m dap: a message that is no request; it is left out\n")
            return
        name = message["command"]
        if name == "disconnect":
            self._hurry()
        if name == "cancel":
            self._cancel(message)
        elif name not in self._requests:
            self._refuse(message, f"v7m dap does not know the request {name!r}")
        else:
            self._jobs.append(_Job(self._check_and_do(self._requests[name], message), message))
            self._work()

    def complain(self, words: str) -> None:
        """Tell the client what was wrong with what it sent."""
        if self.phase != ENDED:
            self.output(f"v7m dap: {words}\n")

    def _check_and_do(self, request: Request, message: Message) -> Steps:
        """Do a request if the phase and the program's state allow it."""
        name = message["command"]
        if request.phase == NEW and self.phase != NEW:
            raise RequestError(f"{name}: the session is initialized already")
        if request.phase == INITIALIZED and self.phase != INITIALIZED:
            why = "initialize comes first" if self.phase == NEW else "a program is being debugged already"
            raise RequestError(f"{name}: {why}")
        if request.phase == CONNECTED and self.phase != CONNECTED:
            raise RequestError(f"{name}: no program is being debugged; launch or attach comes first")
        if request.stopped and self.is_running:
            raise RequestError(f"{name}: the program is running; pause it first", "notStopped")
        arguments = Arguments(message.get("arguments"), name)
        if request.may_interrupt and self.is_running:
            return (yield from self._while_interrupted(request.work(self, arguments)))
        return (yield from request.work(self, arguments))

    def _while_interrupted(self, steps: Steps) -> Steps:
        """Do ``steps`` with the program stopped, and let it go on; a stop of another cause stays one."""
        before = self.resumed_with
        stop = yield from self.interrupt()
        is_ours = stop.text("signal-name") == "SIGINT" and before.startswith("-exec-continue")
        after = self._resume(before) if is_ours else self._on_stop(self, stop)
        try:
            body = yield from steps
        except EmulatorError:
            self.add_job(after)
            raise
        self.add_job(after)
        return body

    def interrupt(self) -> Generator[str, Answer, Results]:
        """Stop the program without a word to the client, and return how it stopped."""
        self._stop = None
        self._awaits_stop = True
        try:
            yield "-exec-interrupt"
            if self._stop is None:
                yield AWAIT_STOP
        finally:
            self._awaits_stop = False
        stop, self._stop = self._stop, None
        return Results() if stop is None else stop

    def _resume(self, command: str) -> Steps:
        yield from self.resume(command)
        return None

    def resume(self, command: str) -> Generator[str, Answer, None]:
        """Let the program go on with ``command``."""
        before, self.resumed_with = self.resumed_with, command
        try:
            yield command
        except GdbError:
            self.resumed_with = before
            raise

    def frame_options(self, frame: int) -> str:
        """Return the options that name a frame of stackTrace's to GDB; 0 is GDB's current one."""
        if frame == 0:
            return ""
        if not 0 < frame <= len(self.frames):
            raise RequestError(f"there is no frame {frame} any more; the program went on")
        thread, level = self.frames[frame - 1]
        return f"--thread {thread} --frame {level}"

    def forget_stop(self) -> Generator[str, Answer, None]:
        """Forget what was asked about the last stop: frames and variables mean something else now."""
        self.frames.clear()
        self.explanation = self.signal = ""
        for variable in self.variables.forget():
            yield f"-var-delete {variable}"

    def _cancel(self, message: Message) -> None:
        """Take back a request that was not begun; one that GDB is busy with ends by itself. [cancel]"""
        arguments = message.get("arguments")
        wanted = arguments.get("requestId") if isinstance(arguments, dict) else None
        found = [job for job in self._jobs if job.message is not None and job.message["seq"] == wanted]
        for job in found:
            self._jobs.remove(job)
            assert job.message is not None
            self._refuse(job.message, "cancelled", "cancelled")
        self._respond(message, None)

    def _hurry(self) -> None:
        """Make way for disconnect: nothing that waits is done any more, and a GDB that is busy ends at once."""
        waiting, self._jobs = self._jobs, deque()
        for job in waiting:
            if job.message is not None:
                self._refuse(job.message, "cancelled", "cancelled")
        if self._job is not None:
            self.link.end_gdb()
            self._fail_job("cancelled", "cancelled")
            self.is_running = False
            if self.phase == CONNECTED:
                self.phase = INITIALIZED

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Begin the jobs that wait, up to one that asks GDB."""
        while self._job is None and self._jobs:
            self._job = self._jobs.popleft()
            self._advance(None, None)

    def _advance(self, answer: Answer | None, error: EmulatorError | None) -> None:
        """Resume the job with what GDB answered, up to its next command or its end."""
        job = self._job
        assert job is not None
        try:
            if error is not None:
                command = job.steps.throw(error)
            elif answer is not None:
                command = job.steps.send(answer)
            else:
                command = next(job.steps)
        except StopIteration as end:
            self._job = None
            if job.message is not None:
                self._respond(job.message, end.value)
                self._after(job.message["command"])
        except (RequestError, GdbError, MiSyntaxError) as failure:
            self._fail_job(str(failure), failure.kind if isinstance(failure, RequestError) else None)
        else:
            if command != AWAIT_STOP:
                self._ask(command)

    def _after(self, command: str) -> None:
        """Say what follows from a request that was done: clients want it strictly behind the response."""
        if command in ("launch", "attach"):
            if self.can_reverse:
                self.event("capabilities", {"capabilities": {"supportsStepBack": True}})
            self.event("initialized")
        if command == "disconnect":
            self.phase = ENDED

    def _fail_job(self, words: str, kind: str | None) -> None:
        job, self._job = self._job, None
        self._is_asking = False
        if job is None:
            return
        job.steps.close()
        if job.message is not None:
            self._refuse(job.message, words, kind)
        else:
            self.output(f"v7m dap: {words}\n")

    def _ask(self, command: str) -> None:
        self._token += 1
        self._is_asking = True
        self._said = {CONSOLE: "", TARGET: "", LOG: ""}
        self.link.write_gdb(f"{self._token}{command}")

    def add_job(self, steps: Steps) -> None:
        """Do ``steps`` before the requests that wait."""
        self._jobs.appendleft(_Job(steps, None))

    # -- from GDB --------------------------------------------------------------------------------------------------

    def receive_gdb(self, line: str) -> None:
        """Take a line of GDB's, without its end, decoded as Latin-1."""
        if self.phase == ENDED:
            return
        try:
            record = parse(line)
        except MiSyntaxError:
            self.output(f"{line}\n")  # of a program that shares GDB's standard output
            return
        if record is None:
            return
        if record.kind == RESULT:
            self._take_result(record)
        elif record.kind == EXEC:
            self._take_exec(record)
        elif record.kind == NOTIFY:
            self._take_notice(record)
        elif record.text:
            self._take_text(record.kind, record.text)
        self._work()

    def _take_result(self, record: Record) -> None:
        if record.token != self._token or not self._is_asking:
            return
        self._is_asking = False
        if record.name == "running":
            self._note_running()
        if record.name == "error":
            error = GdbError(record.results.text("msg") or "GDB refused the command", self._said[LOG])
            self._advance(None, error)
        else:
            said = self._said
            self._advance(Answer(record.results, said[CONSOLE], said[TARGET], said[LOG]), None)

    def _take_exec(self, record: Record) -> None:
        if record.name == "running" and not self._is_asking:  # else it calls a function of the program
            self._note_running()
        elif record.name == "stopped" and not self.connecting:
            self._take_stop(record.results)

    def _note_running(self) -> None:
        """The program runs; the client knows it when it asked for it (``resumed_with``)."""
        if not self.is_running and not self.resumed_with and not self.connecting:
            self.resumed_with = "a command"
            self.event("continued", {"threadId": 1, "allThreadsContinued": True})
        self.is_running = True

    def _take_stop(self, results: Results) -> None:
        self.is_running = False
        if not self._awaits_stop:
            self.add_job(self._on_stop(self, results))
            return
        self._stop = results
        if not self._is_asking:
            self._advance(Answer(Results()), None)

    def _take_notice(self, record: Record) -> None:
        """Threads come and go."""
        if record.name in ("thread-created", "thread-exited") and not self.connecting:
            reason = "started" if record.name == "thread-created" else "exited"
            thread = record.results.number("id", 0)
            if thread:
                self.event("thread", {"reason": reason, "threadId": thread})

    def _take_text(self, kind: str, text: str) -> None:
        """Take what GDB or the program print: a command's answer, the program's console, or notices."""
        if kind == CONSOLE and text.startswith(LOG_MARK):
            self.output(text.removeprefix(LOG_MARK))
        elif self._is_asking and not (kind == TARGET and self.is_running):
            self._said[kind] += text
        elif kind == TARGET:
            self.output(text, "stdout")
        elif kind == LOG and not self.is_running:
            self.output(text)

    def gdb_ended(self, words: str) -> None:
        """Take that GDB is gone, as ``words`` say."""
        if self.phase != CONNECTED and self._job is None:
            return
        self.is_running = False
        was_connected = self.phase == CONNECTED
        self.phase = INITIALIZED if self.phase == CONNECTED else self.phase
        self._fail_job(words, None)
        waiting, self._jobs = self._jobs, deque()
        for job in waiting:
            if job.message is not None:
                self._refuse(job.message, words)
        if was_connected:
            self.output(f"v7m dap: {words}\n")
            self.event("terminated")


def _is_request(message: Message) -> bool:
    sequence, command = message.get("seq"), message.get("command")
    is_number = isinstance(sequence, int) and not isinstance(sequence, bool)
    return message.get("type") == "request" and is_number and isinstance(command, str)


def _plain(words: str) -> str:
    """Return ``words`` as a format without variables, which stand in braces."""
    return words.replace("{", "(").replace("}", ")")
