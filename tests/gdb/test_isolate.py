"""Debugging with --isolate: the stop in front of a foreign access; the list at the end, also after going back."""

from __future__ import annotations

from pathlib import Path

from support.arm_gcc import MACHINES, build_bare
from support.gdb import batch, between, client_of, mark

import v7m

SOURCE = Path(__file__).parents[1] / "kernels" / "mailbox.c"
BOARD = MACHINES["m3"]


def mailbox() -> Path:
    return build_bare([SOURCE], "m3", flags=("-DROUNDS=12",))


def test_the_first_access_to_another_stack_is_a_stop_that_is_explained_and_gone_back_from():
    text = batch(
        mailbox(), "continue", mark("a"), "monitor why", mark("b"), "reverse-stepi", "continue", mark("c"),
        options=("--board", BOARD, "--isolate"),
    )  # fmt: skip
    first = v7m.run(mailbox(), board=BOARD, isolate="strict").headline
    assert first.startswith("Isolation: sender (send, mailbox.c:")
    stopped, why, again = text.partition("<a>")[0], between(text, "a", "b"), between(text, "b", "c")
    for told in (stopped, again):
        assert first in told and "to allow this   --share sender:receiver:rw" in told
        assert 'Thread 2 "sender" received signal SIGSEGV' in told
    assert first in why and "called from  sender+" in why


def test_the_list_at_the_end_is_that_of_the_free_run_also_after_going_back():
    free = v7m.run(mailbox(), board=BOARD, isolate="report")
    times = [line.strip() for line in free.text.splitlines() if " times, first at " in line]
    with client_of(mailbox(), "--board", BOARD, "--isolate", "report") as client:
        client.ask("vCont;c")
        assert len(times) == 7 and all(line in client.console.decode() for line in times)
        client.monitor("goto 20000")
        client.ask("vCont;c")
        again = [line.strip() for line in client.console.decode().splitlines() if " times, first at " in line]
    assert again == times
