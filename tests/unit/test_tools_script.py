"""tests/tools.sh on machines that lack this and that: what it installs, what it says, and when it fails."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "tools.sh"
CROSS = "gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib picolibc-arm-none-eabi"
ALL = f"gcc libc6-dev python3-dev {CROSS} qemu-system-arm gdb-multiarch lcov babeltrace2 chromium nodejs npm zsh fish"
SAYS_YES = "#!/bin/sh\nexit 0\n"


class Host:
    """A machine with a shell and what is put() there."""

    def __init__(self, place: Path, user: int = 1000) -> None:
        self.place = place
        for name in ("sh", "paste", "chmod"):
            (place / name).symlink_to(str(shutil.which(name)))
        self.put("id", f"#!/bin/sh\necho {user}\n")
        self.put("python3", f"#!/bin/sh\ncase $2 in *sysconfig*) echo {place} ;; esac\n")

    def put(self, name: str, text: str = SAYS_YES) -> None:
        path = self.place / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, mode: str, **environment: str) -> tuple[int, str]:
        """Return the script's status and output."""
        variables = {"PATH": str(self.place), **environment}
        done = subprocess.run(["sh", str(SCRIPT), mode], env=variables, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_who_cannot_install_is_told_the_one_command_and_goes_on(host: Host) -> None:
    host.put("apt-get", "#!/bin/sh\necho it must not be called; exit 1\n")
    line = f"Missing: {ALL}. This installs it: sudo apt-get install {ALL}\n"
    assert host.run("install") == host.run("remind") == (0, line)
    assert host.run("python") == (0, "")


def test_where_there_is_no_apt_the_packages_are_named(host: Host) -> None:
    assert host.run("install") == (0, f"Missing, by the names of Debian's packages: {ALL}\n")


def test_in_ci_something_missing_is_a_failure(host: Host) -> None:
    status, said = host.run("install", CI="true")
    assert status == 1 and said.startswith("Missing")
    assert host.run("remind", CI="true")[0] == 0


def test_a_python_without_virtual_environments_is_a_failure_everywhere(host: Host) -> None:
    host.put("python3", '#!/bin/sh\ncase $2 in *ensurepip*) echo "No module" >&2; exit 1 ;; esac\n')
    assert host.run("python") == (1, "Missing, by the names of Debian's packages: python3-venv\n")
    assert host.run("install")[0] == 1


INSTALL = """#!/bin/sh
echo "apt-get $*"
[ "$1" = install ] || exit 0
for name in gcc arm-none-eabi-gcc qemu-system-arm gdb-multiarch genhtml babeltrace2 chromium node npm zsh fish; do
    printf '#!/bin/sh\\n[ "$1" != -print-file-name=picolibc.specs ] || echo {specs}\\n' >{place}/$name
    chmod +x {place}/$name
done
echo >{place}/Python.h
"""


def test_root_installs_what_is_missing_and_only_that(tmp_path: Path) -> None:
    host = Host(tmp_path, user=0)
    host.put("qemu-system-arm")
    (tmp_path / "specs").write_text("")
    host.put("apt-get", INSTALL.format(place=tmp_path, specs=tmp_path / "specs"))
    missing = ALL.replace("qemu-system-arm ", "")
    status, said = host.run("install", CI="true")
    assert (status, said.splitlines()) == (
        0,
        [
            f"Missing, so apt-get installs it now: {missing}",
            "apt-get update -q",
            f"apt-get install -q -y --no-install-recommends {missing}",
        ],
    )
    assert host.run("install") == host.run("remind") == (0, "")


def test_root_whom_apt_does_not_help_is_told(tmp_path: Path) -> None:
    host = Host(tmp_path, user=0)
    host.put("apt-get", "#!/bin/sh\nexit 100\n")
    status, said = host.run("install")
    assert status == 0
    assert said.splitlines()[-1] == f"Missing: {ALL}. This installs it: apt-get install {ALL}"
