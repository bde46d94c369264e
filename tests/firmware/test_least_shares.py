"""What a learning run suggests is pasted where it says, and the program does the same under strict isolation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.firmware import ROOT
from support.guest_side import guest_objects
from support.small_programs import exit_with, write_elf

from emulator.cli.main import main
from rtems_shim.building.toolchain import compile_program

REMEDIES = Path(__file__).parent / "remedies"
MARK = "/* REMEDY */"
FIRST = re.compile(r"v7m: (?P<count>\d+) shares? makes? this run legal(?P<up_to>[^.]*)\.")
PLACE = re.compile(
    r"  (?P<target>\S+) uses the stack of (?P<owner>\S+), (?P<rights>\S+), from .*"
    r" In front of (what calls|.*?:(?P<line>\d+), in) \w+\(\):"
)
DEFINE = re.compile(r"  #define (\w+) (\d+) .*now (\d+)")


class Program:
    """A C program that is changed, built and run."""

    def __init__(self, source: str, folder: Path) -> None:
        self.source = source
        self._folder = folder

    def run(self, capfd: Any, *options: str) -> tuple[int, str, str]:
        """Return the exit status, the console and what v7m said."""
        code, elf = self._folder / "program.c", self._folder / "program.elf"
        code.write_text(self.source, encoding="utf-8")
        arguments = ["-g", "-O2", "-Werror=implicit-function-declaration", f"-I{REMEDIES}", str(code), "-o", str(elf)]
        assert compile_program(arguments, guest=guest_objects(("-g", "-O2"))) == 0
        capfd.readouterr()
        status = main(["run", str(elf), "--max-instructions", "20000000", *options])
        out, err = capfd.readouterr()
        return status, out, err

    def paste(self, said: str) -> list[tuple[str, str, str]]:
        """Do what ``said`` asks for, and return the target, the owner and the rights of each share."""
        lines, shares = self.source.splitlines(), []
        pasted: dict[int, str] = {}
        headers, defines = "", ""
        place = None
        for line in said[FIRST.search(said).start() :].splitlines():  # type: ignore[union-attr]
            found, define = PLACE.match(line), DEFINE.match(line)
            if found is not None:
                # In a library without call frame information nobody knows who called it.
                place = (
                    next(n for n, text in enumerate(lines) if MARK in text)
                    if found["line"] is None
                    else int(found["line"]) - 1
                )
                shares.append((found["target"], found["owner"], found["rights"]))
            elif line.startswith("      "):
                assert place is not None
                pasted[place] = pasted.get(place, "") + line.strip() + " "
            elif line.startswith("  #include"):
                headers = line.strip().replace("> ", ">\n") + "\n"
            elif define is not None:
                assert int(define[2]) > int(define[3])
                defines += f"#define {define[1]} {define[2]}\n"
                lines = [other if f"#define {define[1]} " not in other else "" for other in lines]
        for number, statements in pasted.items():
            lines[number] = f"{{ {statements}}} {lines[number]}"
        text = "\n".join(lines) + "\n"
        configuration = re.search(r'#include ("case_config.h"|<rtems/confdefs.h>)', text)
        assert configuration is not None
        self.source = headers + text[: configuration.start()] + defines + text[configuration.start() :]
        return shares


def suggested(source: str, folder: Path, capfd: Any) -> tuple[Program, str, str]:
    """Return a program, its console in a learning run, and what was suggested. Strictly, it faults."""
    program = Program(source, folder)
    assert program.run(capfd)[0] == 3
    status, console, said = program.run(capfd, "--suggest-shares")
    assert status == 0, said
    return program, console, said


SHARED = (
    "classic_queue", "earlier_thread", "event", "full_tables", "made_up_name_taken", "mq_receiver", "mq_sender",
    "other_way", "own_argument", "pointer_read", "pointer_write", "read_only", "region", "share_ended", "sigwait",
    "trailing_blank",
)  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_a_program_with_what_is_suggested_does_the_same(name: str, tmp_path: Path, capfd: Any) -> None:
    program, console, said = suggested((REMEDIES / f"{name}.c").read_text(), tmp_path, capfd)
    assert len(program.paste(said)) == 1
    status, pasted_console, err = program.run(capfd, "--check-isolation")
    assert (status, pasted_console) == (0, console), err
    assert program.run(capfd, "--suggest-shares")[2] == "v7m: no share is needed.\n"


RING = """
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cell { int value; struct cell *next; };
static sem_t ready, done;
static struct cell *volatile head;

static void *adds(void *name)
{
  struct cell mine = { 3, NULL };

  mine.next = head;
  mine.value += mine.next->value;      /* reads the stack of POSIX_Init */
  head = &mine;
  sem_post(&ready);
  sem_wait(&done);
  return name;
}

static void *clears(void *name)
{
  int sum = 0;

  for (struct cell *at = head; at != NULL; at = at->next) {
    sum += at->value;
    at->value = 0;                     /* writes both others */
  }
  printf("%s: %d\\n", (char *) name, sum);
  return name;
}

void *POSIX_Init(void *argument)
{
  pthread_t first, second;
  struct cell mine = { 4, NULL };
  char text[8] = "sum";

  (void) argument;
  head = &mine;
  sem_init(&ready, 0, 0);
  sem_init(&done, 0, 0);
  pthread_create(&first, NULL, adds, NULL);
  sem_wait(&ready);
  pthread_create(&second, NULL, clears, text);
  pthread_join(second, NULL);
  sem_post(&done);
  pthread_join(first, NULL);
  printf("left: %d\\n", mine.value);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_MAXIMUM_POSIX_SEMAPHORES 2
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""
INIT, FIRST_THREAD, SECOND_THREAD = "0x0b010001", "0x0b010002", "0x0b010003"


def test_the_shares_are_those_between_three_threads_with_no_right_too_many(tmp_path: Path, capfd: Any) -> None:
    program, console, said = suggested(RING, tmp_path, capfd)
    assert console == "sum: 11\nleft: 0\n"
    shares = program.paste(said)
    assert sorted(shares) == [
        (FIRST_THREAD, INIT, "r-"), (SECOND_THREAD, INIT, "rw"), (SECOND_THREAD, FIRST_THREAD, "rw"),
    ]  # fmt: skip
    status, pasted_console, err = program.run(capfd, "--check-isolation")
    assert (status, pasted_console) == (0, console), err
    # None of them can be left out, nor be smaller.
    for pattern in (
        r"\{ rtems_share_stack\(0x0b010002.*?\); \}",
        r"rtems_share_stack\(0x0b010003 [^;]*0x0b010002[^;]*;",
    ):
        less = Program(re.sub(pattern, "", program.source, count=1), tmp_path)
        assert less.source != program.source
        assert less.run(capfd)[0] == 3
    assert program.source.count("PROT_READ | PROT_WRITE") == 2
    weaker = Program(program.source.replace("PROT_READ | PROT_WRITE", "PROT_READ", 1), tmp_path)
    assert weaker.run(capfd)[0] == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("returned_local", "no share helps: below the stack pointer of "),
        ("timer_write", "no share helps: an interrupt handler"),
        ("timer_event", "no share helps: an interrupt handler"),
        ("ended_read", " has ended, and its variables with it"),
        ("overrun_index", "no share helps: what leaves the stack of "),
    ],
)
def test_what_no_share_makes_legal_is_refused_and_told(name: str, words: str, tmp_path: Path, capfd: Any) -> None:
    program = Program((REMEDIES / f"{name}.c").read_text(), tmp_path)
    strict = program.run(capfd)
    status, console, said = program.run(capfd, "--suggest-shares")
    assert (status, console) == (3, strict[1]) and words in said
    assert said == strict[2] + "v7m: no share would change how this run ends.\n"


def test_a_learning_run_is_the_same_without_the_c_half(tmp_path: Path, capfd: Any, monkeypatch: Any) -> None:
    program, console, said = suggested(RING, tmp_path, capfd)
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert program.run(capfd, "--suggest-shares") == (0, console, said)


def test_what_cannot_learn_is_refused(tmp_path: Path, capfd: Any) -> None:
    bare = write_elf(tmp_path / "p.elf", exit_with(0))
    assert main(["run", str(bare), "--suggest-shares"]) == 2
    assert "p.elf is a bare program" in capfd.readouterr().err
    hello = ROOT / "firmware" / "prebuilt" / "hello.elf"
    for options in (["--check-isolation"], ["--trace", str(tmp_path / "t.jsonl")]):
        assert main(["run", str(hello), "--suggest-shares", *options]) == 2
        assert "Leave --" in capfd.readouterr().err
