"""The layers: imports go strictly down, each third-party library has one importer, and the lower layers do no I/O.

    cli -> harness -> explain -> (exports | diagnosis) -> (trace | compare | dap | gdb | kernels | rtems_shim)
        -> debugger -> (timetravel | isolation) -> machine -> (engine | board | semihosting) -> devices -> armv7m
        -> image -> debuginfo -> words, errors, disassembly at the bottom

within rtems_shim:

    personality -> (report | classic) -> (posix | files) -> core -> protection -> abi, port and note at the bottom

The rules are about every import statement, those inside functions and under TYPE_CHECKING too.
"""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = {
    "v7m": 14,
    "emulator.cli": 13,
    "emulator.harness": 12,
    "emulator.explain": 11,
    "emulator.diagnosis": 10,
    "emulator.exports": 10,
    "emulator.compare": 9,
    "emulator.trace": 9,
    "emulator.dap": 9,
    "emulator.gdb": 9,
    "emulator.kernels": 9,
    "rtems_shim": 9,
    "emulator.debugger": 8,
    "emulator.timetravel": 7,
    "emulator.isolation": 7,
    "emulator.machine": 6,
    "emulator.board": 5,
    "emulator.engine": 5,
    "emulator.semihosting": 5,
    "emulator.devices": 4,
    "emulator.armv7m": 3,
    "emulator.image": 2,
    "emulator.debuginfo": 1,
    "emulator.annotations": 0,
    "emulator.asm": 0,
    "emulator.bits": 0,
    "emulator.columns": 0,
    "emulator.capstone_library": 0,
    "emulator.disasm": 0,
    "emulator.operands": 0,
    "emulator.errors": 0,
    "emulator.program_file": 0,
    "emulator.records": 0,
    "emulator.version": 0,
}
"""Layer of each package or module. Those of one layer do not know each other, but for layer 0."""

SHIM_LAYERS = {
    "rtems_shim.personality": 7,
    "rtems_shim.boot": 6,
    "rtems_shim.classic": 5,
    "rtems_shim.report": 5,
    "rtems_shim.debug": 5,
    "rtems_shim.files": 4,
    "rtems_shim.posix": 4,
    "rtems_shim.core": 3,
    "rtems_shim.protection": 2,
    "rtems_shim.building": 1,
    "rtems_shim.abi": 0,
    "rtems_shim.note": 0,
    "rtems_shim.port": 0,
}
"""The same within the shim. Those of one layer do not know each other, those of layer 0 neither."""

THIRD_PARTY = {
    "unicorn": [],
    "capstone": [],
    "gdb": ["emulator.dap.log_points_in_gdb"],  # of the GDB that runs that file
    "keystone": ["emulator.asm"],
    "elftools": ["emulator.debuginfo.dwarf"],
    "backports": ["emulator.image.section_compression"],
    "distributed": ["emulator.harness.dask_runs"],
    "pytest": ["v7m.pytest_plugin"],  # only where pytest itself loads it
    "compression": ["emulator.image.section_compression"],  # of the standard library, from Python 3.14 on
}
"""The modules that may import each library, alone or with everything in them. Others are for the tests only. Nobody
imports the packages of Unicorn and Capstone: unicorn_library.py and capstone_library.py load what is needed of them."""

SLOW_TO_IMPORT = {"dataclasses": ["emulator.records"], "typing": ["emulator.annotations", "v7m.pytest_plugin"]}
"""Modules of the standard library that every start would pay for, each with the module that has its names instead."""

ONLY_THROUGH = {
    "emulator.capstone_library": ["emulator.disasm"],
    "emulator.debuginfo.debug_info": ["emulator.image.elf"],
    "emulator.debuginfo.debug_reader": ["emulator.debuginfo.debug_info"],
    "emulator.debuginfo.dwarf": ["emulator.debuginfo.debug_reader"],
    "emulator.image.elf_tables": ["emulator.image.elf"],
    "emulator.image.section_compression": ["emulator.image.elf_tables"],
    "emulator.debuginfo.section_stream": ["emulator.debuginfo.dwarf", "emulator.debuginfo.debug_reader"],
    "emulator.engine.unicorn_library": [
        *("emulator.engine.block_counts", "emulator.engine.block_hook", "emulator.engine.native_header"),
        *("emulator.engine.engine", "emulator.engine.guest_pages", "emulator.engine.processor"),
        *("emulator.engine.steady_registers", "emulator.engine.traced_engine", "emulator.engine.unicorn_registers"),
        "emulator.engine.watched_instructions",
    ],
}
"""Modules that only the named ones may import: the others go through these."""

INPUT_AND_OUTPUT = frozenset(
    {
        *("asyncio", "ctypes", "io", "logging", "mmap", "multiprocessing", "os", "pathlib", "select", "selectors"),
        *("shutil", "signal", "socket", "subprocess", "tempfile", "threading"),
    }
)
THE_READER = ("emulator.program_file", "open")
"""The one place of the lower layers that opens files: those the user named."""
NOT_REPRODUCIBLE = frozenset(["datetime", "random", "secrets", "time", "uuid"])
"""A run is a function of its inputs: below the command nothing may ask for the host's time or chance."""


class Import(NamedTuple):
    """One imported module, absolute, with the place of the statement."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): path
    for name in ("emulator", "rtems_shim", "v7m")
    for path in sorted((ROOT / name).rglob("*.py"))
}


def imports_of(source: str, importer: str, is_package: bool = False) -> Iterator[Import]:
    """Yield the imports of a module; ``from a import b`` is an import of the module a.b where there is one."""
    package = importer if is_package else importer.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, package)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield Import(importer, whole if whole in MODULES else base, node.lineno)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            name = node.args[0] if node.args else None
            constant = name.value if isinstance(name, ast.Constant) else "?"
            yield Import(importer, str(constant), node.lineno)


ALL = [
    found
    for name, path in MODULES.items()
    for found in imports_of(path.read_text(encoding="utf-8"), name, path.name == "__init__.py")
]


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def layer_name(module: str, layers: dict[str, int] = LAYERS) -> str | None:
    """Return the entry of ``layers`` that holds ``module``."""
    return next((name for name in layers if within(module, name)), None)


def goes_up(found: Import) -> bool:
    """Whether an import within the project breaks the order of the layers."""
    lower, upper = layer_name(found.imported), layer_name(found.importer)
    if lower is None or upper is None or lower == upper:
        return False
    return LAYERS[lower] > LAYERS[upper] or LAYERS[lower] == LAYERS[upper] != 0


def goes_up_within_the_shim(found: Import) -> bool:
    """Whether an import from one package of the shim to another breaks the order of their layers."""
    lower, upper = layer_name(found.imported, SHIM_LAYERS), layer_name(found.importer, SHIM_LAYERS)
    return lower is not None and upper is not None and lower != upper and SHIM_LAYERS[lower] >= SHIM_LAYERS[upper]


def package_of(module: str) -> str:
    """Return the package of a top-level package, or the module right in it, that ``module`` is or is in."""
    return ".".join(module.split(".")[:2])


def circles(imports: list[tuple[str, str]]) -> set[str]:
    """Return what is in a circle of (importer, imported) pairs, or above one."""
    left = {importer for importer, _ in imports}
    while done := {name for name in left if all(imported not in left for at, imported in imports if at == name)}:
        left -= done
    return left


def test_there_are_modules_to_check():
    assert {"emulator.armv7m.core", "emulator.image.elf", "rtems_shim.abi.calls"} <= set(MODULES)
    assert len(ALL) > 100


def test_every_module_has_a_layer():
    """A new top-level module of emulator/ belongs into LAYERS, with the layer it is in."""
    assert [name for name in MODULES if layer_name(name) is None and name != "emulator"] == []


def test_every_layer_exists_or_is_planned():
    planned = {"emulator.gdb", "emulator.explain"}
    assert [name for name in LAYERS if name not in MODULES and name not in planned] == []


def test_imports_go_strictly_down():
    assert [str(found) for found in ALL if goes_up(found)] == []


def test_every_module_of_the_shim_is_in_a_package_that_has_a_layer():
    """A new file belongs into the package that it is about; a new package belongs into SHIM_LAYERS."""
    homeless = [name for name in MODULES if within(name, "rtems_shim") and layer_name(name, SHIM_LAYERS) is None]
    assert homeless == ["rtems_shim"]
    assert [name for name in SHIM_LAYERS if name not in MODULES] == []


def test_the_shim_imports_go_strictly_down():
    assert [str(found) for found in ALL if goes_up_within_the_shim(found)] == []


def test_no_packages_of_the_shim_know_each_other_in_a_circle():
    """Not even for types: every import statement counts, whatever the layers above say."""
    inside = [found for found in ALL if within(found.importer, "rtems_shim") and found.imported in MODULES]
    pairs = [(package_of(found.importer), package_of(found.imported)) for found in inside]
    between = [(importer, imported) for importer, imported in pairs if importer != imported]
    assert len(between) > 100
    assert circles(between) == set()


def test_no_module_imports_the_bare_package():
    """The package itself is empty; ``from emulator import x`` would hide which module is meant."""
    assert [str(found) for found in ALL if found.imported == "emulator"] == []


def test_imports_are_absolute():
    relative = [
        f"{name}:{node.lineno}"
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def is_allowed_outside(found: Import) -> bool:
    """Whether an import is of the project, the standard library, or a library in its one place."""
    top = found.imported.partition(".")[0]
    if top in ("emulator", "rtems_shim", "v7m") or top in sys.stdlib_module_names:
        return True
    return any(within(found.importer, place) for place in THIRD_PARTY.get(top, []))


def test_each_third_party_library_is_imported_in_one_place():
    assert [str(found) for found in ALL if not is_allowed_outside(found)] == []


def test_what_is_slow_to_import_is_imported_in_one_place():
    wrong = [
        str(found)
        for found in ALL
        if found.imported in SLOW_TO_IMPORT and found.importer not in SLOW_TO_IMPORT[found.imported]
    ]
    assert wrong == []


def test_private_parts_are_reached_through_their_owner():
    wrong = [
        str(found)
        for found in ALL
        for part, owners in ONLY_THROUGH.items()
        if within(found.imported, part) and not within(found.importer, part) and found.importer not in owners
    ]
    assert wrong == []


def test_the_architecture_does_no_input_or_output():
    wrong = [
        str(found)
        for found in ALL
        if within(found.importer, "emulator.armv7m") and found.imported.partition(".")[0] in INPUT_AND_OUTPUT
    ]
    assert wrong == []


def test_nothing_below_the_command_asks_for_the_hosts_time_or_chance():
    wrong = [
        str(found)
        for found in ALL
        if not within(found.importer, "emulator.cli") and found.imported.partition(".")[0] in NOT_REPRODUCIBLE
    ]
    assert wrong == []


def calls(name: str) -> Iterator[tuple[str, int]]:
    """Yield (function, line) of every call of a plain name in module ``name``."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.lineno


def test_the_lower_layers_print_nothing_and_open_the_users_files_only():
    lower = [name for name in MODULES if LAYERS.get(layer_name(name) or "", 9) <= LAYERS["emulator.armv7m"]]
    found = {(name, function) for name in lower for function, _ in calls(name)}
    assert {(name, word) for name, word in found if word in ("print", "open", "input")} == {THE_READER}


def test_only_the_command_exits():
    wrong = []
    for name, path in MODULES.items():
        if within(name, "emulator.cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.exit", "exit", "os._exit", "quit"):
                wrong.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.Raise) and node.exc is not None and "SystemExit" in ast.unparse(node.exc):
                wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def modules_imported_at_load(name: str) -> set[str]:
    """Return the project's modules that importing module ``name`` imports, without those inside functions."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    outer = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = imports_of(ast.unparse(ast.Module(outer, [])), name)
    return {entry.imported for entry in found if entry.imported in MODULES}


def test_no_module_imports_itself_in_a_circle():
    below = {name: modules_imported_at_load(name) for name in MODULES}
    done: set[str] = set()
    while ready := {name for name, imported in below.items() if name not in done and imported <= done}:
        done |= ready
    assert sorted(set(MODULES) - done) == []


# -- the rules themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("importer", "statement", "breaks"),
    [
        ("emulator.armv7m.mpu", "from emulator.devices.clock import Clock", True),
        ("emulator.armv7m.mpu", "def f():\n    import emulator.devices.clock", True),
        ("emulator.armv7m.mpu", "from emulator.armv7m.faults import Fault", False),
        ("emulator.armv7m.mpu", "from emulator.bits import mask", False),
        ("emulator.machine.machine", "from rtems_shim.abi.calls import x", True),
        ("emulator.machine.machine", "from emulator.trace.recorder import x", True),
        ("emulator.trace.report", "import rtems_shim.abi.calls", True),
        ("rtems_shim.core.kernel", "from emulator.gdb.server import x", True),
        ("rtems_shim.core.kernel", "from emulator.machine.stop import Exited", False),
        ("emulator.cli.run", "from rtems_shim.core.kernel import Kernel", False),
        ("emulator.image.elf", "from emulator.armv7m.core import XPSR_T", True),
        ("emulator.image.elf", "from emulator.image.image import Image", False),
        ("emulator.bits", "from emulator.armv7m.faults import Fault", True),
    ],
)
def test_the_order_of_layers_is_what_the_first_lines_say(importer, statement, breaks):
    assert any(goes_up(found) for found in imports_of(statement, importer)) == breaks


@pytest.mark.parametrize(
    ("importer", "statement", "breaks"),
    [
        ("rtems_shim.core.kernel", "from rtems_shim.posix.signals import Signals", True),
        ("rtems_shim.core.kernel", "if TYPE_CHECKING:\n    from rtems_shim.files.files import Files", True),
        ("rtems_shim.core.kernel", "def f():\n    from rtems_shim.classic import timers", True),
        ("rtems_shim.core.kernel", "from rtems_shim.core.thread import Thread", False),
        ("rtems_shim.core.kernel", "from rtems_shim.abi import layouts", False),
        ("rtems_shim.core.kernel", "from rtems_shim.personality import rtems", True),
        ("rtems_shim.protection.policy", "from rtems_shim.core.thread import Thread", True),
        ("rtems_shim.files.shm", "from rtems_shim.posix import signals", True),
        ("rtems_shim.posix.mqueue", "from rtems_shim.files.files import Files", True),
        ("rtems_shim.classic.tasks", "from rtems_shim.posix.pthread import end_thread", False),
        ("rtems_shim.posix.signals", "from rtems_shim.classic.tasks import make_task", True),
        ("rtems_shim.abi.layouts", "from rtems_shim.note import ABI_VERSION", True),
        ("rtems_shim.boot", "from rtems_shim.classic import tasks", False),
        ("rtems_shim.classic.tasks", "from rtems_shim import boot", True),
    ],
)
def test_the_order_within_the_shim_is_what_the_first_lines_say(importer, statement, breaks):
    assert any(goes_up_within_the_shim(found) for found in imports_of(statement, importer)) == breaks


def test_a_circle_is_found_and_a_diamond_is_none():
    assert circles([("a", "b"), ("b", "c"), ("c", "a"), ("d", "e")]) == {"a", "b", "c"}
    assert circles([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]) == set()


@pytest.mark.parametrize(
    ("importer", "statement", "allowed"),
    [
        ("emulator.engine.engine", "import unicorn", False),
        ("emulator.engine.engine", "from unicorn.arm_const import UC_ARM_REG_PC", False),
        ("emulator.devices.clock", "import unicorn", False),
        ("emulator.disasm", "def f():\n    import capstone", False),
        ("emulator.asm", "def f():\n    import keystone", True),
        ("emulator.trace.report", "from capstone import Cs", False),
        ("emulator.debuginfo.dwarf", "from elftools.dwarf.dwarfinfo import DWARFInfo", True),
        ("emulator.image.elf", "import elftools", False),
        ("emulator.debuginfo.debug_info", "def f():\n    import elftools", False),
        ("emulator.cli.run", "import rich", False),
        ("emulator.cli.run", "import argparse", True),
        ("rtems_shim.core.kernel", "import importlib\nimportlib.import_module('unicorn')", False),
    ],
)
def test_libraries_are_allowed_in_their_places_only(importer, statement, allowed):
    assert all(is_allowed_outside(found) for found in imports_of(statement, importer)) == allowed
