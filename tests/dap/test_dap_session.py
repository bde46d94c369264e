"""The session between a client and a GDB that are the test: order, phases, and what goes wrong."""

from __future__ import annotations

import pytest
from support.dap_link import Talk

from emulator.dap.breakpoints_table import ENDLESS, HitCondition, read_hit_condition
from emulator.dap.requests import REQUESTS
from emulator.dap.session import CONNECTED, ENDED, INITIALIZED

STOP = '*stopped,reason="signal-received",signal-name="{}",thread-id="1",stopped-threads="all"'
HIT = '*stopped,reason="breakpoint-hit",bkptno="{}",thread-id="1",stopped-threads="all"'


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_initialized_comes_strictly_after_the_response_to_launch(talk: Talk) -> None:
    talk.attached()
    kinds = [message.get("event") or message["command"] for message in talk.link.sent]
    assert kinds == ["initialize", "attach", "initialized"]


def test_numbers_of_messages_count_up_by_one(talk: Talk) -> None:
    talk.stopped()
    assert [message["seq"] for message in talk.link.sent] == list(range(1, len(talk.link.sent) + 1))


def test_arguments_may_be_absent_or_null(talk: Talk) -> None:
    assert talk.send("initialize") and talk.link.sent[-1]["success"]
    talk.session.receive({"seq": 9, "type": "request", "command": "disconnect", "arguments": None})
    assert talk.response(9)["success"] and talk.session.phase == ENDED


def test_a_failed_response_says_why_twice(talk: Talk) -> None:
    number = talk.send("threads")
    answer = talk.response(number)
    assert answer["success"] is False
    assert answer["message"] == answer["body"]["error"]["format"] != ""


@pytest.mark.parametrize("name", sorted(set(REQUESTS) - {"initialize", "disconnect", "terminate"}))
def test_before_initialize_every_request_is_refused_in_words(talk: Talk, name: str) -> None:
    answer = talk.response(talk.send(name))
    assert not answer["success"] and "comes first" in answer["message"]


@pytest.mark.parametrize("name", sorted(name for name, one in REQUESTS.items() if one.phase == CONNECTED))
def test_before_launch_every_request_about_a_program_is_refused_in_words(talk: Talk, name: str) -> None:
    talk.send("initialize")
    answer = talk.response(talk.send(name))
    assert not answer["success"] and "launch or attach comes first" in answer["message"]


@pytest.mark.parametrize("name", sorted(name for name, one in REQUESTS.items() if one.stopped))
def test_while_the_program_runs_what_needs_it_stopped_is_refused_as_not_stopped(talk: Talk, name: str) -> None:
    talk.attached()
    talk.send("configurationDone")
    talk.answer("running", '*running,thread-id="all"')
    answer = talk.response(talk.send(name))
    assert (answer["success"], answer["message"]) == (False, "notStopped")
    assert "pause it first" in answer["body"]["error"]["format"]


def test_an_unknown_request_is_answered(talk: Talk) -> None:
    answer = talk.response(talk.send("makeCoffee"))
    assert not answer["success"] and "makeCoffee" in answer["message"]


@pytest.mark.parametrize(
    "message",
    [{}, {"type": "request"}, {"type": "request", "seq": True, "command": "threads"}, {"seq": 1, "type": "event"}],
)
def test_what_is_no_request_is_said_and_left_out(talk: Talk, message: dict[str, object]) -> None:
    talk.session.receive(message)
    assert [event["category"] for event in talk.events("output")] == ["console"]


def test_a_second_initialize_and_a_second_launch_are_refused(talk: Talk) -> None:
    talk.attached()
    assert not talk.response(talk.send("initialize"))["success"]
    assert "already" in talk.response(talk.send("launch", program="a.elf"))["message"]


def test_the_program_runs_without_a_stop_at_its_entry_unless_asked(talk: Talk) -> None:
    talk.attached()
    talk.send("configurationDone")
    assert talk.link.commands[-1].endswith("-exec-continue")
    assert talk.events("stopped") == []


def test_a_stop_at_the_entry_comes_after_the_response_to_configuration_done(talk: Talk) -> None:
    talk.send("initialize")
    talk.send("attach", stopOnEntry=True)
    talk.finish()
    number = talk.send("configurationDone")
    talk.answer('done,threads=[],current-thread-id="3"')
    assert talk.events("stopped") == [{"reason": "entry", "threadId": 3, "allThreadsStopped": True}]
    order = [
        message
        for message in talk.link.sent
        if message.get("event") == "stopped" or message.get("request_seq") == number
    ]
    assert order[0]["type"] == "response"


def test_step_back_is_a_capability_only_of_a_server_that_goes_backwards(talk: Talk) -> None:
    assert "initialize" in REQUESTS
    talk.attached()
    assert talk.events("capabilities") == []
    other = Talk()
    other.send("initialize")
    other.send("attach")
    other.finish(until="-list-target-features")
    other.answer('done,features=["async","reverse"]')
    other.finish()
    assert other.events("capabilities") == [{"capabilities": {"supportsStepBack": True}}]
    names = [message.get("event") for message in other.link.sent]
    assert names.index("capabilities") < names.index("initialized")


def test_without_reverse_execution_step_back_is_refused_before_gdb_is_asked(talk: Talk) -> None:
    talk.stopped()
    asked = len(talk.link.commands)
    for name in ("stepBack", "reverseContinue"):
        assert "does not go backwards" in talk.response(talk.send(name, threadId=1))["message"]
    assert len(talk.link.commands) == asked


def test_a_stop_without_a_reason_after_a_reverse_run_is_the_beginning(talk: Talk) -> None:
    talk.stopped()
    talk.session.can_reverse = True
    talk.send("reverseContinue", threadId=1)
    assert talk.link.commands[-1].endswith("-exec-continue --reverse")
    talk.answer("running", '*running,thread-id="all"', '*stopped,thread-id="1",stopped-threads="all"')
    assert talk.events("stopped")[-1]["description"] == "Paused at the beginning"


@pytest.mark.parametrize(
    ("granularity", "command"), [("line", "-exec-next"), ("instruction", "-exec-step-instruction")]
)
def test_a_step_back_names_its_thread_before_the_direction(talk: Talk, granularity: str, command: str) -> None:
    talk.stopped()
    talk.session.can_reverse = True
    talk.send("stepBack", threadId=3, granularity=granularity)
    assert talk.link.commands[-1].lstrip("0123456789") == f"{command} --thread 3 --reverse"


def test_a_refused_step_leaves_the_program_stopped(talk: Talk) -> None:
    talk.stopped()
    number = talk.send("stepOut", threadId=1)
    talk.answer('error,msg="\\"finish\\" not meaningful in the outermost frame."')
    assert "outermost" in talk.response(number)["message"]
    assert not talk.session.is_running
    talk.send("threads")
    talk.answer('done,threads=[{id="2",name="b"},{id="1",name="a",details="ready"}]')
    assert talk.link.sent[-1]["body"] == {"threads": [{"id": 1, "name": "a (ready)"}, {"id": 2, "name": "b"}]}


def test_breakpoints_set_while_the_program_runs_stop_it_for_that_and_nobody_sees_it(talk: Talk) -> None:
    talk.attached()
    talk.send("configurationDone")
    talk.answer("running", '*running,thread-id="all"')
    number = talk.send("setFunctionBreakpoints", breakpoints=[{"name": "main"}])
    assert talk.link.commands[-1].endswith("-exec-interrupt")
    talk.answer("done", STOP.format("SIGINT"))
    talk.answer('done,bkpt={number="7",addr="0x100",line="3"}')
    assert talk.body(number)["breakpoints"][0]["verified"]
    assert talk.link.commands[-1].endswith("-exec-continue")
    talk.answer("running")
    assert talk.events("stopped") == [] and talk.session.is_running


def test_a_breakpoint_that_is_hit_while_others_are_set_stays_a_stop(talk: Talk) -> None:
    talk.attached()
    talk.send("configurationDone")
    talk.answer("running", '*running,thread-id="all"')
    talk.send("setFunctionBreakpoints", breakpoints=[])
    talk.answer(HIT.format(5), "done")  # the stop came before GDB answered
    assert [event["reason"] for event in talk.events("stopped")] == ["breakpoint"]
    assert not talk.session.is_running


def test_a_request_that_comes_between_the_answer_and_the_notice_of_running_is_no_race(talk: Talk) -> None:
    talk.attached()
    talk.send("configurationDone")
    talk.answer("running")
    talk.send("setFunctionBreakpoints", breakpoints=[])
    assert talk.link.commands[-1].endswith("-exec-interrupt")


def test_a_command_in_the_console_that_runs_the_program_is_told_to_the_client(talk: Talk) -> None:
    talk.stopped()
    talk.send("evaluate", expression="-exec stepi", context="repl")
    talk.answer("running", '*running,thread-id="all"')
    assert len(talk.events("continued")) == 1
    talk.answer('*stopped,reason="end-stepping-range",thread-id="1"')
    assert talk.events("stopped")[-1]["reason"] == "step"


def test_a_function_of_the_program_called_in_an_expression_is_no_run(talk: Talk) -> None:
    talk.stopped()
    number = talk.send("evaluate", expression="f()", context="watch")
    talk.answer('*running,thread-id="1"', 'done,name="var1",numchild="0",value="4",type="int"')
    assert talk.body(number)["result"] == "4" and talk.events("continued") == []
    assert not talk.session.is_running


def test_what_the_program_prints_is_output_and_what_a_monitor_command_prints_is_its_result(talk: Talk) -> None:
    talk.stopped()
    number = talk.send("evaluate", expression="monitor threads", context="repl")
    talk.answer('@"one\\n"', '@"two\\n"', "done")
    assert talk.body(number)["result"] == "one\ntwo"
    talk.send("continue", threadId=1)
    talk.answer("running", '@"hello\\n"')
    assert talk.events("output") == [{"category": "stdout", "output": "hello\n"}]


def test_a_command_that_moves_the_program_in_time_lets_the_client_look_again(talk: Talk) -> None:
    talk.stopped()
    number = talk.send("evaluate", expression="monitor goto 100", context="repl")
    talk.answer('@"time 100; stopped at 0x000015d2\\n"', '@"or maintenance flush register-cache\\n"', "done", "done")
    talk.answer('done,threads=[{id="2",details="is ready"},{id="4",details="running"}],current-thread-id="2"')
    assert talk.body(number)["result"] == "time 100; stopped at 0x000015d2"
    assert talk.events("stopped")[-1] == {"reason": "goto", "threadId": 4, "allThreadsStopped": True}
    kinds = [message.get("event") or message.get("request_seq") for message in talk.link.sent]
    assert kinds[-2:] == [number, "stopped"]


def test_a_line_that_is_not_of_the_machine_interface_is_shown(talk: Talk) -> None:
    talk.stopped()
    talk.session.receive_gdb("Segmentation fault (core dumped)")
    assert talk.events("output")[-1]["output"] == "Segmentation fault (core dumped)\n"


def test_a_fault_is_an_exception_with_our_explanation(talk: Talk) -> None:
    talk.stopped()
    talk.send("continue", threadId=1)
    talk.answer("running", STOP.format("SIGSEGV"))
    assert "monitor why" in talk.link.commands[-1]
    talk.answer('@"MemManage: Init tried to write.\\n\\n  more\\n"', "done")
    stop = talk.events("stopped")[-1]
    assert (stop["reason"], stop["text"]) == ("exception", "MemManage: Init tried to write.")
    body = talk.body(talk.send("exceptionInfo", threadId=1))
    assert body["exceptionId"] == "MemManage" and body["description"].endswith("  more")
    talk.send("continue", threadId=1)
    talk.answer("running", HIT.format(1))
    assert talk.body(talk.send("exceptionInfo", threadId=1))["exceptionId"] == "none"


def test_a_fault_on_a_server_that_explains_nothing_is_named_by_its_signal(talk: Talk) -> None:
    talk.stopped()
    talk.send("continue", threadId=1)
    talk.answer(
        "running", STOP.format("SIGSEGV"), "@\"there is no monitor command 'why'; monitor help lists them\\n\"", "done"
    )
    assert talk.events("stopped")[-1]["text"] == "SIGSEGV"
    assert talk.body(talk.send("exceptionInfo", threadId=1))["exceptionId"] == "SIGSEGV"


@pytest.mark.parametrize(
    ("command", "why", "reason"),
    [
        ("stepIn", "", "step"),
        ("continue", "the program is at no fault", "breakpoint"),
        ("continue", "UsageFault: a BKPT.", "exception"),
    ],
)
def test_sigtrap_is_the_end_of_a_step_or_an_event_or_a_bkpt(talk: Talk, command: str, why: str, reason: str) -> None:
    talk.stopped()
    talk.send(command, threadId=1)
    talk.answer("running", STOP.format("SIGTRAP"), f'@"{why}\\n"', "done")
    assert talk.events("stopped")[-1]["reason"] == reason


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        ('reason="exited-normally"', 0),
        ('reason="exited",exit-code="03"', 3),
        ('reason="exited",exit-code="0106"', 70),
        ('reason="exited-signalled",signal-name="SIGABRT"', 128),
    ],
)
def test_the_end_of_the_program_ends_the_session_with_its_status(talk: Talk, stop: str, status: int) -> None:
    talk.stopped()
    talk.send("continue", threadId=1)
    talk.answer("running", f"*stopped,{stop}")
    assert talk.events("exited") == [{"exitCode": status}] and talk.events("terminated") == [None]


def test_breakpoints_that_did_not_change_keep_their_number_in_gdb(talk: Talk) -> None:
    talk.stopped()
    talk.send("setFunctionBreakpoints", breakpoints=[{"name": "a"}, {"name": "b"}])
    talk.answer('done,bkpt={number="1"}', 'done,bkpt={number="2"}')
    asked = len(talk.link.commands)
    number = talk.send("setFunctionBreakpoints", breakpoints=[{"name": "b"}, {"name": "c", "condition": 'x == "y"'}])
    talk.answer("done", 'done,bkpt={number="3"}')
    assert [command.lstrip("0123456789") for command in talk.link.commands[asked:]] == [
        "-break-delete 1",
        '-break-insert -c "x == \\"y\\"" --function "c"',
    ]
    assert [found["id"] for found in talk.body(number)["breakpoints"]] == [2, 3]


def test_a_client_that_counts_from_0_is_understood_and_answered_so(talk: Talk) -> None:
    talk.send("initialize", linesStartAt1=False, columnsStartAt1=False)
    talk.send("attach", program="a.elf")
    talk.finish(until="-file-list-exec-source-files")
    talk.answer('done,files=[{file="a.c",fullname="/w/a.c"}]')
    talk.finish()
    number = talk.send("setBreakpoints", source={"path": "/w/a.c"}, breakpoints=[{"line": 6}])
    assert talk.link.commands[-1].endswith('-break-insert --source "/w/a.c" --line 7')
    talk.answer('done,bkpt={number="1",line="7",fullname="/w/a.c"}')
    assert talk.body(number)["breakpoints"][0]["line"] == 6
    talk.send("stackTrace", threadId=1)
    talk.answer('done,depth="1"', 'done,stack=[frame={level="0",addr="0x2",func="f",fullname="/w/a.c",line="7"}]')
    frame = talk.link.sent[-1]["body"]["stackFrames"][0]
    assert (frame["line"], frame["column"]) == (6, 0)


def test_a_breakpoint_in_a_file_that_the_program_does_not_have_is_not_verified(talk: Talk) -> None:
    talk.stopped()
    asked = len(talk.link.commands)
    body = talk.body(talk.send("setBreakpoints", source={"path": "/x/other.c"}, breakpoints=[{"line": 1}]))
    assert body["breakpoints"][0]["verified"] is False and "/x/other.c" in body["breakpoints"][0]["message"]
    assert len(talk.link.commands) == asked


def test_log_points_need_a_gdb_with_python_and_say_so(talk: Talk) -> None:
    talk.stopped()
    body = talk.body(talk.send("setFunctionBreakpoints", breakpoints=[{"name": "f", "logMessage": "x"}]))
    assert "Python" in body["breakpoints"][0]["message"]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("5", HitCondition(5, last=5)),
        ("= 5", HitCondition(5, last=5)),
        ("==5", HitCondition(5, last=5)),
        (">5", HitCondition(6)),
        (">= 5", HitCondition(5)),
        ("% 5", HitCondition(5, 5)),
        ("<5", HitCondition(1, 1, 4)),
        ("<=5", HitCondition(1, 1, 5)),
        (">0", HitCondition(1)),
    ],
)
def test_hit_conditions_as_people_write_them(text: str, condition: HitCondition) -> None:
    assert read_hit_condition(text) == condition
    assert condition.last <= ENDLESS


@pytest.mark.parametrize("text", ["", "x", "0", "%0", "<1", "-3", "1e9", "5 6", "99999999999999999999"])
def test_a_hit_condition_that_is_none_is_said(talk: Talk, text: str) -> None:
    talk.stopped()
    body = talk.body(talk.send("setFunctionBreakpoints", breakpoints=[{"name": "f", "hitCondition": text or "."}]))
    assert "no count of hits" in body["breakpoints"][0]["message"]


def test_the_fifth_hit_stops_and_no_other(talk: Talk) -> None:
    talk.stopped()
    talk.send("setFunctionBreakpoints", breakpoints=[{"name": "f", "hitCondition": "5"}])
    assert "-i 4 " in talk.link.commands[-1]
    talk.answer('done,bkpt={number="8"}')
    talk.send("continue", threadId=1)
    talk.answer("running", HIT.format(8))
    assert talk.link.commands[-1].endswith("-break-disable 8")
    talk.answer("done")
    assert talk.events("stopped")[-1]["hitBreakpointIds"] == [1]


def test_every_third_hit_stops(talk: Talk) -> None:
    talk.stopped()
    talk.send("setFunctionBreakpoints", breakpoints=[{"name": "f", "hitCondition": "%3"}])
    assert "-i 2 " in talk.link.commands[-1]
    talk.answer('done,bkpt={number="8"}')
    for _ in range(3):
        talk.send("continue", threadId=1)
        talk.answer("running", HIT.format(8))
        assert talk.link.commands[-1].endswith("-break-after 8 2")
        talk.answer("done")


def test_a_request_that_waits_can_be_taken_back_and_one_under_way_ends_itself(talk: Talk) -> None:
    talk.stopped()
    first, second = talk.send("threads"), talk.send("threads")
    cancel = talk.send("cancel", requestId=second)
    assert talk.response(second)["message"] == "cancelled" and talk.response(cancel)["success"]
    talk.answer("done,threads=[]")
    assert talk.response(first)["success"]
    assert talk.response(talk.send("cancel", requestId=77))["success"]
    assert talk.response(talk.send("cancel"))["success"]


def test_disconnect_does_not_wait_for_a_gdb_that_is_busy(talk: Talk) -> None:
    talk.stopped()
    busy, waiting = talk.send("threads"), talk.send("threads")
    number = talk.send("disconnect")
    assert [talk.response(one)["message"] for one in (busy, waiting)] == ["cancelled", "cancelled"]
    assert talk.response(number)["success"] and talk.link.is_ended and talk.session.phase == ENDED


def test_disconnecting_from_a_server_that_was_there_leaves_the_program_to_it(talk: Talk) -> None:
    talk.stopped()
    talk.send("disconnect")
    assert talk.link.commands[-1].endswith("-target-detach")
    talk.answer("done")
    assert talk.link.is_ended


def test_after_terminate_another_program_can_be_launched(talk: Talk) -> None:
    talk.stopped()
    number = talk.send("terminate")
    talk.finish()
    assert talk.response(number)["success"] and talk.events("terminated") == [None]
    assert talk.session.phase == INITIALIZED and talk.link.is_ended


def test_a_gdb_that_dies_ends_the_session_and_fails_what_waited(talk: Talk) -> None:
    talk.stopped()
    numbers = [talk.send("threads"), talk.send("threads")]
    talk.session.gdb_ended("GDB has ended (signal 9)")
    assert [talk.response(one)["message"] for one in numbers] == ["GDB has ended (signal 9)"] * 2
    assert talk.events("terminated") == [None]
    assert not talk.response(talk.send("threads"))["success"]


def test_a_launch_says_what_the_server_said_before_it_ended(talk: Talk) -> None:
    talk.send("initialize")
    talk.link.files.add("notes.txt")
    number = talk.send("launch", program="notes.txt")
    talk.finish(until="-target-select")
    assert "| exec v7m debug --stdio notes.txt" in talk.link.commands[-1]
    talk.answer(
        '&"v7m: notes.txt is not an ELF file.\\n"', 'error,msg="Remote communication error.  Target disconnected."'
    )
    assert talk.response(number)["message"] == "notes.txt is not an ELF file."
    assert talk.link.is_ended and talk.events("initialized") == []


def test_a_launch_without_its_program_is_refused(talk: Talk) -> None:
    talk.send("initialize")
    assert "'program' is missing" in talk.response(talk.send("launch"))["message"]
    assert "there is no file 'no.elf'" in talk.response(talk.send("launch", program="no.elf"))["message"]


def test_the_words_of_a_launch_are_quoted_for_the_shell_that_gdb_starts(talk: Talk) -> None:
    talk.send("initialize")
    talk.link.files.add("/w/a b.elf")
    talk.send(
        "launch", program="a b.elf", cwd="/w", board="lm3s6965evb", options=["--ram", "1M"], args=["$(id)", "x y"]
    )
    talk.finish(until="-target-select")
    assert talk.link.commands[-1].endswith(
        "| exec v7m debug --stdio 'a b.elf' --board lm3s6965evb --ram 1M --args '$(id)' 'x y'"
    )
    assert talk.link.started == [(None, "/w")]


@pytest.mark.parametrize("name", ["program", "cwd", "board", "gdbPath"])
def test_no_argument_becomes_a_second_command_of_gdbs(talk: Talk, name: str) -> None:
    talk.send("initialize")
    talk.link.files.add("a.elf")
    arguments = {"program": "a.elf", name: "a.elf\n-gdb-exit"}
    assert not talk.response(talk.send("launch", **arguments))["success"]
    assert talk.link.commands == [] and talk.link.started == []


def test_a_condition_of_two_lines_stays_one_word(talk: Talk) -> None:
    talk.stopped()
    talk.send("setFunctionBreakpoints", breakpoints=[{"name": "f", "condition": "1\n-gdb-exit"}])
    assert "\n" not in talk.link.commands[-1]


def test_variables_of_an_earlier_stop_are_refused(talk: Talk) -> None:
    talk.stopped()
    talk.send("stackTrace", threadId=1)
    talk.answer('done,depth="1"', 'done,stack=[frame={level="0",addr="0x100",func="f"}]')
    frame = talk.link.sent[-1]["body"]["stackFrames"][0]["id"]
    talk.send("scopes", frameId=frame)
    talk.answer("done")
    reference = talk.link.sent[-1]["body"]["scopes"][0]["variablesReference"]
    talk.send("continue", threadId=1)
    talk.answer("running", HIT.format(1))
    assert "the program went on" in talk.response(talk.send("variables", variablesReference=reference))["message"]
    assert "the program went on" in talk.response(talk.send("scopes", frameId=frame))["message"]
