"""The completion scripts, in the shells that they are for."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest
from support.tools import require_tool

from emulator.cli.completion import SHELLS, arguments_of, options_of
from emulator.cli.main import VERBS, main

CASES = [
    ("v7m ru", ["run"]),
    ("v7m run --report-f", ["--report-file"]),
    ("v7m run --report js", ["json"]),
    ("v7m run --board mps2-an50", ["mps2-an500"]),
    ("v7m threads --js", ["--json"]),
    ("v7m test --jun", ["--junit"]),
    ("v7m help comp", ["compare", "completion"]),
    ("v7m completion z", ["zsh"]),
    ("v7m run --semihosting-root di", ["directory/"]),
    ("v7m run pro", ["program.elf"]),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with each shell's script, a program, and a directory to be completed."""
    place = tmp_path_factory.mktemp("completion")
    for shell, script in SHELLS.items():
        (place / f"v7m.{shell}").write_text(script())
    (place / "program.elf").write_bytes(b"")
    (place / "directory").mkdir()
    return place


def test_every_verb_and_every_option_of_its_parser_is_in_every_script() -> None:
    scripts = {shell: make() for shell, make in SHELLS.items()}
    for verb in VERBS:
        for option in options_of(verb):
            for name in option.names:
                assert name in scripts["bash"] and name in scripts["zsh"]
                assert f"-{'l' if name.startswith('--') else 's'} {name.lstrip('-')} " in scripts["fish"]
    assert {"--report", "--trace", "--board", "--max-instructions"} <= {
        name for option in options_of("run") for name in option.names
    }
    assert arguments_of("help") == tuple(VERBS) and arguments_of("run") == ()


def test_the_verb_prints_a_script_and_refuses_another_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish"]) == 0
    assert capsys.readouterr().out == SHELLS["fish"]()
    assert main(["completion", "tcsh"]) == 2
    assert "'tcsh'" in capsys.readouterr().err


def test_bash_completes(scripts: Path) -> None:
    require_tool("bash")
    for line, wanted in CASES:
        words = line.split(" ")
        answer = 'printf "%s\\n" "${COMPREPLY[@]}"'
        code = f". ./v7m.bash; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _v7m; {answer}"
        done = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=False, cwd=scripts)
        found = done.stdout.split()
        if wanted == ["program.elf"]:
            assert found == []  # bash's own completion of files comes then
        else:
            assert found == [word.rstrip("/") for word in wanted], (line, done.stderr)


def test_bash_completes_behind_an_equals_sign(scripts: Path) -> None:
    require_tool("bash")
    code = '. ./v7m.bash; COMP_WORDS=(v7m run --report = js); COMP_CWORD=4; _v7m; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=False, cwd=scripts)
    assert done.stdout.split() == ["json"]


def test_fish_completes(scripts: Path) -> None:
    require_tool("fish")
    code = "".join(f"complete -C '{line}'; echo =\n" for line, _ in CASES)
    env = {**os.environ, "HOME": str(scripts), "XDG_CONFIG_HOME": str(scripts)}
    command = ["fish", "-N", "-c", f"source v7m.fish\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scripts, env=env)
    answers = done.stdout.split("=\n")
    for (line, wanted), answer in zip(CASES, answers, strict=False):
        assert [row.split("\t")[0] for row in answer.splitlines()] == wanted, (line, done.stderr)


def test_zsh_completes(scripts: Path) -> None:
    require_tool("zsh")
    lines = [(line, wanted[0]) for line, wanted in CASES if len(wanted) == 1]
    assert _type_to_zsh(scripts, [line for line, _ in lines]) == [
        f"{line.rpartition(' ')[0]} {wanted}" for line, wanted in lines
    ]


def _type_to_zsh(place: Path, lines: list[str]) -> list[str]:
    """Type each line and a tab to an interactive zsh; return what the lines are then."""
    setup = (
        "PS1=''; autoload -Uz compinit && compinit -u -D; . ./v7m.zsh; setopt no_beep;"
        " keep() { print -r -- \"${BUFFER%% }\" >> lines; BUFFER=''; }; zle -N keep; bindkey '^X' keep; : > ready\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place)
        os.environ.update(HOME=str(place), ZDOTDIR=str(place), TERM="dumb")
        os.execlp("zsh", "zsh", "-f", "-i")
    try:
        os.write(terminal, setup.encode())
        _wait(terminal, lambda: (place / "ready").exists())
        for number, line in enumerate(lines, 1):
            os.write(terminal, f"{line}\t\x18".encode())
            _wait(terminal, lambda number=number: _count(place / "lines") >= number)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)
    return (place / "lines").read_text().splitlines()


def _count(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def _wait(terminal: int, done, seconds: float = 20) -> None:
    """Read what the shell prints until ``done()``."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "zsh does not answer"
        if select.select([terminal], [], [], 0.05)[0]:
            os.read(terminal, 65536)
