"""bin/v7m as pip puts it into a virtual environment: it starts wherever that is, and however it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONG = "v7m with blanks/" + "deep" * 40
"""More than the 127 characters that a first line may name a program with, and blanks, which it may not."""


def environment(place: Path) -> Path:
    """Make a virtual environment that has the packages of this one; return its folder of scripts."""
    venv.create(place, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    (packages / "these.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    script = place / "bin" / "v7m"
    shutil.copy(ROOT / "bin" / "v7m", script)
    script.chmod(0o755)
    return script.parent


def started(*command: str | Path, **options: object) -> str:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout)


def test_the_script_starts_at_a_long_path_with_blanks(tmp_path: Path) -> None:
    scripts = environment(tmp_path / LONG)
    assert started(scripts / "v7m") == "v7m 0.1.0\n"


@pytest.mark.parametrize("name", ["a link", "link"])
def test_the_script_starts_through_a_link_and_from_the_path(name: str, tmp_path: Path) -> None:
    scripts = environment(tmp_path / "an environment")
    (tmp_path / name).symlink_to(scripts / "v7m")
    assert started(tmp_path / name) == "v7m 0.1.0\n"
    assert started("v7m", env={**os.environ, "PATH": f"{scripts}:/usr/bin:/bin"}) == "v7m 0.1.0\n"
    assert started("bin/v7m", cwd=scripts.parent) == "v7m 0.1.0\n"
    assert started(sys.executable, scripts / "v7m") == "v7m 0.1.0\n"


def test_the_script_uses_the_python_beside_it(tmp_path: Path) -> None:
    scripts = environment(tmp_path / "a b")
    (tmp_path / "a b" / "lib").rename(tmp_path / "gone")
    done = subprocess.run([scripts / "v7m", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"v7m: not installed for {scripts / 'python3'}. Start it as PYTHON -m v7m, with the")
    assert done.stderr.count("\n") == 1


def test_arguments_reach_the_command_as_they_are(tmp_path: Path) -> None:
    scripts = environment(tmp_path / "a b")
    done = subprocess.run([scripts / "v7m", "a  'b' \"c\" $d *"], capture_output=True, text=True, check=False)
    assert done.stderr == "v7m: no verb 'a  \\'b\\' \"c\" $d *'. See v7m --help.\n"
    assert done.returncode == 2


def test_the_package_is_the_command_too() -> None:
    assert started(sys.executable, "-m", "v7m", cwd=ROOT) == "v7m 0.1.0\n"
