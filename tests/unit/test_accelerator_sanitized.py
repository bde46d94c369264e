"""The C half under AddressSanitizer and UndefinedBehaviorSanitizer: the engine's tests run on it without a report."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.accelerator import require_accelerator
from support.tools import missing

ROOT = Path(__file__).parents[2]
TESTS = (
    "tests/unit/test_engine_facts.py",
    "tests/unit/test_code_changes.py",
    "tests/unit/test_snapshot.py",
    "tests/unit/test_memento.py",
    "tests/unit/test_sameness.py",
    "tests/unit/test_register_trace.py",
    "tests/property/test_backends_property.py",
    "tests/property/test_native_exceptions.py",
    "tests/property/test_native_maps.py",
    "tests/property/test_tables.py",
    "tests/unit/test_native_tables.py",
    "tests/unit/test_machine.py",
    # Reports load Capstone, in a way that the sanitizers do not allow.
    "--deselect=tests/unit/test_register_trace.py::test_both_halves_and_both_back_ends_write_the_same_bytes",
    # The other half is not under the sanitizers, and long.
    "--deselect=tests/unit/test_register_trace.py::test_a_long_run_is_written_in_chunks_and_none_is_lost[pure]",
    # The sanitizers keep freed memory.
    "--deselect=tests/property/test_tables.py::test_the_tables_of_a_state_go_with_it",
    "--deselect=tests/unit/test_native_tables.py::test_host_memory_stops_growing_while_the_guest_makes_new_code",
)
USE_SANITIZED = """
import sys
import emulator.engine
emulator.engine.__path__.insert(0, sys.argv.pop(1))
from emulator.engine import _accelerator
assert _accelerator.__file__.startswith(emulator.engine.__path__[0]), _accelerator.__file__
"""
RUN_TESTS = """
import os
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # ours would have to be imported after pytest
import pytest
sys.exit(pytest.main(["-q", "-p", "pytest_timeout", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
OVERRUN = """
import ctypes
from emulator.engine import accelerator, shared_state, tables
state = shared_state.State()
accelerator.make_tables(accelerator.load(), state)
state.blocks.mask = 2 * shared_state.BLOCK_SLOTS - 1  # twice as many slots as there are
last = shared_state.BLOCK_SLOTS - 1  # then on
address = next(a for a in range(0, 1 << 24, 2) if tables.block_place(a << 12 | 4) & state.blocks.mask == last)
hook = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)
state.python_block = ctypes.cast(hook(lambda *arguments: None), ctypes.c_void_p)
hook(accelerator.load().addresses["block"])(None, address, 4, ctypes.addressof(state))
"""


def runtime(name: str) -> str:
    """Return the path of a sanitizer's library."""
    compiler = shutil.which("gcc")
    if compiler is None:
        missing("gcc is not installed: the sanitizers need it")
    command = [str(compiler), f"-print-file-name={name}"]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).is_absolute():
        missing(f"gcc has no {name}")
    return path


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the extension with both sanitizers; the folder that holds it."""
    require_accelerator()
    runtime("libasan.so")
    folder = tmp_path_factory.mktemp("sanitized")
    environment = dict(os.environ) | {"V7M_SANITIZE": "address,undefined", "CC": "gcc"}
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--force", "--build-lib", str(folder),
               "--build-temp", str(folder / "objects")]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    engine = folder / "emulator" / "engine"
    assert list(engine.glob("_accelerator*.so")), done.stdout + done.stderr
    return engine


def run(engine: Path, script: str, *arguments: str) -> tuple[int, str, str]:
    """Run ``script`` with the sanitized extension; return its status, its output and what the sanitizers reported."""
    reports = engine.parent / f"report-{len(list(engine.parent.iterdir()))}"
    reports.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "V7M_PURE_PYTHON"} | {
        "LD_PRELOAD": f"{runtime('libasan.so')} {runtime('libubsan.so')}",
        "ASAN_OPTIONS": f"detect_leaks=0:log_path={reports}/address",
        "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={reports}/undefined",
        "V7M_FEWER_CASES": "1",
        "PYTHONMALLOC": "malloc",  # so that the memory that Python shares has red zones around it
    }
    command = [sys.executable, "-c", USE_SANITIZED + script, str(engine), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
    report = "\n".join(path.read_text() for path in sorted(reports.iterdir()))
    return done.returncode, done.stdout + done.stderr, report


def test_the_engine_runs_its_tests_without_a_report(sanitized: Path) -> None:
    status, output, report = run(sanitized, RUN_TESTS, *TESTS)
    assert status == 0 and not report, report + output


def test_an_access_beyond_a_table_would_be_reported(sanitized: Path) -> None:
    status, output, report = run(sanitized, OVERRUN)
    assert status != 0 and "AddressSanitizer: heap-buffer-overflow" in report, report + output
