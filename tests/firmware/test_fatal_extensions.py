"""A program's fatal extension hears of every way in which RTEMS ends a program, with RTEMS's source and code."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import CORE_FLAGS, MACHINES
from support.guest_side import guest_objects
from support.tools import require_tool

from emulator.cli.main import main
from rtems_shim.building.toolchain import compile_program

PROGRAM = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <pthread.h>
#include <signal.h>
#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/score/interr.h>

static void heard(rtems_fatal_source source, bool internal, rtems_fatal_code code)
{
  printk("source %d code 0x%x\\n", (int) source, (unsigned) code);
}

static void *volatile given;

static void yield(rtems_id id, void *argument)
{
  rtems_task_wake_after(RTEMS_YIELD_PROCESSOR);
}

static void at_end(void)
{
  printk("at exit\\n");
}

static void act(void)
{
  rtems_id id;

  (void) id;
  atexit(at_end);
  ACT;
}

#ifdef IN_IDLE
static void *body(uintptr_t ignored)
{
  act();
  return NULL;
}
#define CONFIGURE_IDLE_TASK_BODY body
#define CONFIGURE_IDLE_TASK_INITIALIZES_APPLICATION
#else
static rtems_task Init(rtems_task_argument argument)
{
  act();
  rtems_task_wake_after(10);
}
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#endif

CONFIGURED
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_TIMERS 1
#define CONFIGURE_INITIAL_EXTENSIONS { .fatal = heard }
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""
FREE_TWICE = "given = malloc(8); free(given); free(given)"
YIELD = "rtems_timer_create(1, &id); rtems_timer_fire_after(id, 1, yield, NULL)"
NO_STACK = """
static void *none(size_t size) { return NULL; }
static void gone(void *stack) { }
#define CONFIGURE_TASK_STACK_ALLOCATOR none
#define CONFIGURE_TASK_STACK_DEALLOCATOR gone
"""


@pytest.mark.parametrize(
    ("act", "configured", "heard"),
    [
        ("given = (void *) 1; free(given)", "", "source 12 code 0x1"),
        (FREE_TWICE, "", "source 12 code 0x20"),
        ("given = (void *) pthread_create; raise(SIGUSR1)", "", "at exit\nsource 5 code 0x1"),
        ("raise(SIGUSR1)", "", "source 0 code 0x5"),  # without pthread_create() a task's signals stay blocked
        (YIELD, "", "source 0 code 0x1e"),
        ("", NO_STACK, "source 0 code 0x20"),
        ("", "#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 1", "source 0 code 0x24"),
        ("exit(3)", "#define IN_IDLE", "at exit\nsource 5 code 0x3"),
        ("_Terminate(INTERNAL_ERROR_CORE, 7)", "", "source 0 code 0x7"),
    ],
)
def test_the_fatal_extension_hears_of(
    act: str,
    configured: str,
    heard: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require_tool("arm-none-eabi-gcc")
    monkeypatch.setenv("V7M_WHY", "off")
    flags = [*CORE_FLAGS["m4f"], "-O2", "-w", *(["-DIN_IDLE"] if "IN_IDLE" in configured else [])]
    source, elf = tmp_path / "main.c", tmp_path / "main.elf"
    source.write_text(PROGRAM.replace("ACT", act).replace("CONFIGURED", configured))
    guest = guest_objects([*CORE_FLAGS["m4f"], "-O2"])
    assert compile_program([*flags, str(source), "-o", str(elf)], guest=guest) == 0
    capfd.readouterr()
    assert main(["run", str(elf), "--board", MACHINES["m4f"]]) != 0
    assert heard in capfd.readouterr().out
