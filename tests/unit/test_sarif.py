"""v7m test --sarif: valid by the published schema, read by sarif-tools, and the same alerts after a rebuild."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.tools import require_tool

from emulator.cli.main import main
from emulator.harness.call_stack import Call
from emulator.harness.case import read_cases
from emulator.harness.project_files import Place, project_file
from emulator.harness.sarif import fingerprint, sarif_log
from emulator.harness.verdict import Verdict

ROOT = Path(__file__).parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"
SCHEMA = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
CASES = """
program = "hello.elf"
[[case]]
name = "passes"
[[case]]
name = "exit <&>"
exit_code = 7
[[case]]
name = "refused"
program = "matrix_c_read_only_share.elf"
console = ["never printed"]
[[case]]
name = "waits"
program = "deadlock.elf"
[[case]]
name = "absent"
program = "no.elf"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with programs, the sources of one of them, and cases in a directory of its own."""
    cases = tmp_path / "a b"
    cases.mkdir()
    for name in ("hello", "matrix_c_read_only_share", "deadlock"):
        shutil.copy(PREBUILT / f"{name}.elf", cases)
    (tmp_path / "firmware" / "deadlock").mkdir(parents=True)
    shutil.copy(ROOT / "firmware" / "deadlock" / "main.c", tmp_path / "firmware" / "deadlock")
    (tmp_path / "rtems_shim" / "guest" / "src").mkdir(parents=True)
    for name in ("posix.c", "boot.c"):  # of the start-up code, where no mistake of the project is
        (tmp_path / "rtems_shim" / "guest" / "src" / name).write_text("")
    (cases / "test_a.toml").write_text(CASES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def log_of(*arguments: str) -> dict[str, Any]:
    """Return what ``v7m test --sarif`` writes, which must fit the schema."""
    assert main(["test", "--jobs", "1", "--sarif", "a.sarif", *arguments]) in (0, 1)
    log: dict[str, Any] = json.loads(Path("a.sarif").read_text(encoding="ascii"))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    return log


def test_each_failed_case_is_a_result_where_its_program_went_wrong(project: Path) -> None:
    (run,) = log_of()["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    told = {result["properties"]["case"]: result for result in run["results"]}
    assert {name: result["ruleId"] for name, result in told.items()} == {
        "exit <&>": "exit-code", "refused": "DACCVIOL", "waits": "deadlock", "absent": "cannot-run",
    }  # fmt: skip
    for result in told.values():
        assert result["level"] == "error" and rules[result["ruleIndex"]] == result["ruleId"]
    written = {"uri": "a%20b/test_a.toml", "uriBaseId": "%SRCROOT%"}
    for name in ("exit <&>", "refused", "absent"):  # whose sources are not in the project
        assert told[name]["locations"][0]["physicalLocation"] == {"artifactLocation": written}
    (place,) = told["waits"]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "firmware/deadlock/main.c"
    line = (project / "firmware" / "deadlock" / "main.c").read_text().splitlines()
    waits = line[place["physicalLocation"]["region"]["startLine"] - 1]
    assert place["logicalLocations"][0]["name"] == "POSIX_Init" and "join" in waits
    assert told["waits"]["relatedLocations"][0]["physicalLocation"]["artifactLocation"] == written
    stacks = {stack.get("message", {}).get("text"): stack["frames"] for stack in told["waits"]["stacks"]}
    names = [frame["location"]["logicalLocations"][0]["name"] for frame in stacks["0x01 waits for semaphore second"]]
    assert names[:2] == ["sem_wait", "forwards"]
    assert "never printed" in told["refused"]["message"]["text"]
    assert str(project) not in Path("a.sarif").read_text()


def test_what_passes_has_a_run_with_no_results(project: Path) -> None:
    (run,) = log_of("-k", "passes")["runs"]
    assert run["results"] == [] and run["tool"]["driver"]["rules"] == []


def test_sarif_tools_counts_and_lists_the_results(project: Path) -> None:
    log_of()
    sarif = Path(sys.executable).with_name("sarif")
    told = subprocess.run([sarif, "summary", "a.sarif"], capture_output=True, text=True, check=True).stdout
    assert "error: 4\n" in told and "warning: 0\n" in told
    counted = re.findall(r"^ - (\S+) .*: (\d+)$", told, re.MULTILINE)
    assert sorted(counted) == [(rule, "1") for rule in ("DACCVIOL", "cannot-run", "deadlock", "exit-code")]
    subprocess.run([sarif, "csv", "a.sarif", "--output", "a.csv"], capture_output=True, text=True, check=True)
    rows = list(csv.reader(Path("a.csv").read_text().splitlines(keepends=True)))
    assert {(row[2], row[4], row[5]) for row in rows[1:]} == {
        ("exit-code", "a%20b/test_a.toml", "1"),
        ("DACCVIOL", "a%20b/test_a.toml", "1"),
        ("cannot-run", "a%20b/test_a.toml", "1"),
        ("deadlock", "firmware/deadlock/main.c", "40"),
    }


STORE = """\
#include <rtems.h>
#include <pthread.h>
static void *{name}(void *at)
{{
  *(volatile int *) at = 1;
  return 0;
}}
void *POSIX_Init(void *argument)
{{
  int word = 0;
  pthread_t thread;
  pthread_create(&thread, 0, {name}, &word);
  pthread_join(thread, 0);
  return argument;
}}
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""


def test_a_rebuild_that_moves_code_is_the_same_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_tool("arm-none-eabi-gcc")
    monkeypatch.chdir(tmp_path)

    def alert(source: str, flags: str) -> tuple[int, str]:
        (tmp_path / "main.c").write_text(source)
        (tmp_path / "test_a.toml").write_text(f'sources = ["main.c"]\nflags = ["-g", "-O2"{flags}]\n')
        (result,) = log_of()["runs"][0]["results"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "main.c"
        return place["region"]["startLine"], result["partialFingerprints"]["v7mCase/v1"]

    line, before = alert(STORE.format(name="stores"), "")
    moved, same = alert("\n/* moved */\nint spare[9] = {1};\n" + STORE.format(name="stores"), ', "-fno-inline"')
    assert (line, moved) == (5, 8) and before == same
    assert alert(STORE.format(name="writes"), "")[1] != before


def test_every_part_of_a_fingerprint_counts(project: Path) -> None:
    case = read_cases(Path("a b/test_a.toml"))[0]
    verdict = Verdict(case, ("x",), rule="console", subject=("a", "", "b", "write"))
    place = Place("main.c", Call("f", "main.c", 1))
    base = fingerprint(verdict, place)
    others = [
        fingerprint(verdict._replace(rule="deadlock"), place),
        fingerprint(verdict._replace(subject=("", "a", "b", "write")), place),
        fingerprint(verdict._replace(case=case._replace(name="y")), place),
        fingerprint(verdict, Place("part.c", place.call)),
        fingerprint(verdict, Place("main.c", Call("g", "main.c", 1))),
        fingerprint(verdict, None),
    ]
    assert len({base, *others}) == 7
    assert fingerprint(verdict._replace(headline="at 0x1", instructions=5), place._replace()) == base
    assert fingerprint(verdict, Place("main.c", Call("f", "main.c", 99))) == base


def test_no_file_outside_of_the_project_is_named(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.c"
    outside.write_text("")
    (project / "main.c").write_text("")
    (project / "link.c").symlink_to(outside)
    cases = project / "a b"
    assert project_file("main.c", cases) == project_file(str(project / "main.c"), cases) == "main.c"
    assert project_file("hello.elf", cases) == "a b/hello.elf"
    others = ("../outside/x.c", "link.c", "/etc/passwd", "../../../etc/passwd", "a b", "x\0y", "n" * 5000)
    for path in (str(outside), *others):
        assert project_file(path, cases) is None, path


def test_no_verdicts_are_a_log_too(project: Path) -> None:
    jsonschema.Draft4Validator(SCHEMA).validate(json.loads(sarif_log([])))
