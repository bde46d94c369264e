"""The workloads: each function measures one row (or a few) and returns ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.large_program import large_program
from bench.measure import Ratio, compare, timed
from bench.sides import PROGRAMS, BareUnicorn, Ours, Qemu, machine_of, qemu_startup, run_to_success
from support.arm_gcc import build_bare
from unicorn import UC_ARCH_ARM, UC_HOOK_INTR, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

from emulator.engine.register_trace import RegisterTrace

ROOT = Path(__file__).parents[2]


def seconds(value: float) -> str:
    """Show a time."""
    return f"{value * 1e3:.0f} ms" if value < 10 else f"{value:.1f} s"


def microseconds(value: float) -> str:
    """Show a short time."""
    return f"{value * 1e6:.1f} us"


def program(name: str, **defines: int) -> Path:
    """Build a program of this directory at -O2 for the Cortex-M4F."""
    flags = [f"-D{key}={value}" for key, value in defines.items()]
    return build_bare([PROGRAMS / f"{name}.c", PROGRAMS / "memory.c"], "m4f", "-O2", flags=flags)


def compute(rounds: int, size: int) -> list[Ratio]:
    """Loops over data in RAM: against bare Unicorn (RWX, no hooks) and against QEMU."""
    elf = program("compute", ROUNDS=size)
    ours, startup = Ours(elf), qemu_startup()
    return [
        compare("compute", "bare Unicorn", ours, BareUnicorn(elf), target=1.3, rounds=rounds, unit=seconds),
        compare("compute", "QEMU", ours, Qemu(elf, startup=startup), target=0.35, rounds=rounds, unit=seconds),
    ]


def calls(rounds: int, size: int) -> list[Ratio]:
    """Recursion, function pointers, two-instruction blocks: against QEMU -icount."""
    elf = program("calls", ROUNDS=size)
    peer = Qemu(elf, icount=0, startup=qemu_startup())
    return [compare("calls", "QEMU -icount", Ours(elf), peer, target=0.35, rounds=rounds, unit=seconds)]


def kernel(rounds: int, size: int) -> list[Ratio]:
    """A bare-metal kernel: a tick every 20,000 instructions, an MPU map for each task, FP tasks."""
    ours = Ours(program("kernel", SWITCHES=size))
    # QEMU's clock: 32 ns an instruction at 25 MHz, so 16,000 cycles are the same 20,000 instructions.
    peer = Qemu(program("kernel", SWITCHES=size, TICK=16000), icount=5, startup=qemu_startup())
    return [compare("kernel with a tick", "QEMU -icount", ours, peer, target=0.5, rounds=rounds, unit=seconds)]


def split_page(rounds: int, size: int) -> list[Ratio]:
    """The compute loop with eight regions of which two split a page that it uses; and the time of one such access."""
    plain, split = Ours(program("compute", ROUNDS=size)), Ours(program("compute", ROUNDS=size, SPLIT=1))
    rows = [compare("compute, two regions split a page", "itself unsplit", split, plain,
                    target=None, rounds=rounds, unit=seconds)]  # fmt: skip
    many, none = Ours(program("touch", COUNT=3_000_000, SPLIT=1)), Ours(program("touch", COUNT=3_000_000))

    def access() -> float:
        return max(many() - none(), 1e-9) / 3_000_000

    rows.append(compare("one access to a split page", "3 us", access, lambda: 3e-6,
                        target=1.0, rounds=rounds, unit=microseconds))  # fmt: skip
    return rows


def svc_round_trip(clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds by ``clock`` of one SVC on bare Unicorn driven from Python: emu_start, the hook, emu_stop."""
    uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, arm_const.UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(0, 0x10000)
    uc.mem_write(0x100, b"\x01\xdf\xfe\xe7")
    uc.hook_add(UC_HOOK_INTR, lambda uc, number, data: uc.emu_stop())
    count = 5000

    def run() -> None:
        for _ in range(count):
            uc.emu_start(0x101, 0)

    return timed(run, clock) / count


def switch(rounds: int, size: int) -> list[Ratio]:
    """A PendSV switch with a map change (two threads, sched_yield): at most 8 bare SVC round trips."""
    from bench.sides import ShimRun

    many, few = ShimRun("yields", YIELDS=size), ShimRun("yields", YIELDS=size // 10)

    def one() -> float:
        return (many() - few()) / (2 * (size - size // 10))

    row = compare("a switch with a map change", "8 SVC round trips", one, lambda: 8 * svc_round_trip(),
                  target=1.0, rounds=rounds, unit=microseconds)  # fmt: skip
    return [row]


def bare_switch(rounds: int, size: int) -> list[Ratio]:
    """The same hand-overs on a bare image with SVC, PendSV and MPU code of its own: against QEMU."""
    elf = program("pingpong", YIELDS=size)
    ours, peer = Ours(elf), Qemu(elf, startup=qemu_startup())
    return [compare("a bare image that switches by itself", "QEMU", ours, peer,
                    target=0.1, rounds=rounds, unit=seconds)]  # fmt: skip


def compile_modules() -> None:
    """Compile what was edited since the last start, where Python itself may not write bytecode."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "emulator", "rtems_shim"], check=True, cwd=ROOT)


def cold_start(rounds: int, size: int) -> list[Ratio]:
    """The whole process for an image that prints a line and ends."""
    compile_modules()
    elf = program("hello")
    command = [str(Path(sys.executable).with_name("v7m")), "run", str(elf)]

    def ours() -> float:
        return timed(lambda: subprocess.run(command, capture_output=True, check=True, cwd=ROOT))

    return [compare("cold start, whole process", "QEMU", ours, Qemu(elf), target=0.5, rounds=rounds * 7, unit=seconds)]


def report(rounds: int, size: int) -> list[Ratio]:
    """The report of a fault in a large program, whole process: a later run of it against the first."""
    compile_modules()
    command = [str(Path(sys.executable).with_name("v7m")), "run", str(large_program())]
    with tempfile.TemporaryDirectory(prefix="v7m-bench-") as folder:

        def run(cache: str) -> float:
            environment = os.environ | {"XDG_CACHE_HOME": folder, "V7M_CACHE": cache}
            return timed(lambda: subprocess.run(command, capture_output=True, check=False, cwd=ROOT, env=environment))

        run("1")
        return [compare("report of a fault in a large program", "itself without what it kept", lambda: run("1"),
                        lambda: run("0"), target=1.5, rounds=rounds * 3, unit=seconds)]  # fmt: skip


# VmHWM and not ru_maxrss, which begins with what the parent process needed.
MEMORY_SCRIPT = """
import sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from bench.sides import Ours
Ours(Path(sys.argv[1])).repeat(int(sys.argv[2]))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak_memory(elf: Path, cases: int) -> float:
    """Return the KiB of memory that a process needs at the most for so many runs of one machine."""
    command = [sys.executable, "-c", MEMORY_SCRIPT.format(tests=str(ROOT / "tests")), str(elf), str(cases)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def memory(rounds: int, size: int) -> list[Ratio]:
    """Peak memory of a long run against a short one, and of many cases against few: at most 1.05 times as much."""
    short, long, case = program("compute", ROUNDS=4), program("compute", ROUNDS=size * 6), program("fault")

    def row(workload: str, peer: str, more: tuple[Path, int], less: tuple[Path, int]) -> Ratio:
        return compare(workload, peer, lambda: peak_memory(*more), lambda: peak_memory(*less),
                       target=1 / 1.05, rounds=1, unit=lambda kib: f"{kib / 1024:.0f} MiB")  # fmt: skip

    return [
        row("memory of a long run", "of a short one", (long, 1), (short, 1)),
        row("memory of 5,000 cases in one process", "of 200", (case, 5000), (case, 200)),
    ]


def fault_cases(rounds: int, size: int) -> list[Ratio]:
    """Short fault cases in one process against as many QEMU processes."""
    elf = program("fault")
    count = 200
    ours, peer = Ours(elf), Qemu(elf)

    def many() -> float:
        return ours.repeat(count)

    def processes() -> float:
        sample = statistics.median(peer() for _ in range(10))
        return sample * count

    return [compare("200 short fault cases", "QEMU, 200 processes", many, processes,
                    target=15.0, rounds=rounds, unit=seconds)]  # fmt: skip


def register_trace(rounds: int, size: int) -> list[Ratio]:
    """Every register before each of ``size`` instructions, to a file: against QEMU's log of single steps."""
    elf = program("compute", ROUNDS=1)
    with tempfile.TemporaryDirectory(prefix="v7m-bench-") as folder:
        path = Path(folder) / "trace"

        def ours() -> float:
            machine = machine_of(elf)
            with path.open("wb") as file:
                trace = RegisterTrace(machine.engine, file.write)

                def run() -> None:
                    machine.run(size)
                    trace.end()

                return timed(run) * size / machine.engine.executed

        def theirs() -> float:
            log = ["-singlestep", "-d", "exec,cpu,nochain", "-D", str(path)]
            return (Qemu(elf, arguments=log)() - qemu_startup()) * size / whole

        whole_run = Ours(elf)
        whole_run()
        whole = whole_run.instructions
        return [compare("register trace of 1 million instructions", "QEMU -singlestep -d exec,cpu,nochain",
                        ours, theirs, target=10.0, rounds=rounds, unit=seconds)]  # fmt: skip


def coverage(rounds: int, size: int) -> list[Ratio]:
    """Runs whose blocks are counted, as for ``v7m run --coverage``, against themselves: 1.15 of the time at most.

    Many short runs: the medians are of eight times the rounds.
    """
    rows = []
    for name, count in (("compute", size), ("calls", 6 * size), ("coremix", 80 * size)):
        elf = program(name, ROUNDS=count)

        def counted(elf: Path = elf) -> float:
            machine = machine_of(elf)
            machine.engine.block_hook.count_blocks()
            return timed(lambda: run_to_success(machine), time.process_time)

        plain = Ours(elf, time.process_time)
        rows.append(compare(f"{name}, counted for coverage", "itself", counted, plain,
                            target=1 / 1.15, rounds=8 * rounds, unit=seconds))  # fmt: skip
    return rows


WORKLOADS = {
    "compute": (compute, 140),
    "calls": (calls, 500),
    "kernel": (kernel, 3000),
    "split-page": (split_page, 20),
    "switch": (switch, 2000),
    "bare-switch": (bare_switch, 50_000),
    "cold-start": (cold_start, 1),
    "report": (report, 1),
    "memory": (memory, 60),
    "fault-cases": (fault_cases, 1),
    "register-trace": (register_trace, 1_000_000),
    "coverage": (coverage, 12),
}


def machine_words() -> str:
    """Say on what the figures were taken: cores, no names."""
    return f"{os.cpu_count()} cores, Python {sys.version_info.major}.{sys.version_info.minor}"
