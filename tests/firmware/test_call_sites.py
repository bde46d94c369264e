"""Where a trace says that calls behind C wrappers are made: the program's line, or the library's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.tools import require_tool

from emulator.cli import cc
from emulator.cli.main import main

FILES = """\
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <rtems.h>
#include <rtems/share_stack.h>
#include <sys/mman.h>
static rtems_task other(rtems_task_argument argument) { (void) argument; rtems_task_suspend(RTEMS_SELF); }
rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;
  char text[8];
  int fd = open("/file", O_CREAT | O_RDWR, 0600); /* 12 */
  (void) argument;
  write(fd, "text", 4); /* 14 */
  lseek(fd, 0, SEEK_SET); /* 15 */
  read(fd, text, 4); /* 16 */
  close(fd); /* 17 */
  rtems_task_create(rtems_build_name('O', 'T', 'H', 'R'), 1, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, other, 0);
  exit(rtems_share_stack(id, RTEMS_SELF, PROT_READ)); /* its own close() is no call of the program's */
}
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""
OWN = [("open", 12), ("write", 14), ("lseek", 15), ("read", 16), ("close", 17)]


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_a_call_behind_a_wrapper_has_the_line_of_the_wrappers_caller(level: str, tmp_path: Path, monkeypatch) -> None:
    require_tool("arm-none-eabi-gcc")
    monkeypatch.chdir(tmp_path)
    Path("files.c").write_text(FILES)
    assert cc.run(["-g", level, "files.c", "-o", "files.elf"]) == 0
    assert main(["run", "files.elf", "--trace", "trace.jsonl"]) == 0
    events = map(json.loads, Path("trace.jsonl").read_text().splitlines())
    wanted = dict(OWN)
    calls = [(event["name"], event["line"]) for event in events if event["kind"] == "call" and event["name"] in wanted]
    own = [(name, int(line.split(":")[1])) for name, line in calls if line.startswith("files.c:")]
    assert own == OWN
    assert [line.rpartition("/")[2].split(":")[0] for name, line in calls if name == "close"][1:] == ["share_stack.c"]
