"""The C library that programs are linked with: newlib whose printf and scanf know C99's formats, as RTEMS's do.

Debian builds newlib without them: %zu, %jd, %td, %hhd and %a are not only printed wrong, they shift the arguments that
follow. RTEMS configures newlib with them. The same source, in Debian's package newlib-source, is compiled here with
RTEMS's two options, and a copy of libc.a gets these members in place of its own; nothing else changes. A toolchain
whose newlib has them keeps its library. The copies stay in the user's cache, one for each content of all that they are
made of; V7M_CACHE=0, or empty, leaves the cache alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from emulator.errors import ConfigError

SOURCES = Path("/usr/src/newlib")
"""Where Debian's newlib-source puts newlib-VERSION.tar.xz."""
MOST_COPIES = 8
"""Copies in the cache, up to 10 MB each; those not used for the longest time go first."""

_FOLDERS = ("stdio", "stdlib", "locale")
_INTEGER, _STRING = "-DINTEGER_ONLY", "-DSTRING_ONLY"
_KINDS = (("vf", ()), ("svf", (_STRING,)), ("vfi", (_INTEGER,)), ("svfi", (_INTEGER, _STRING)))
"""How newlib's own build makes its formatters: four objects of each source."""
_WORDS = ("printf", "scanf", "wprintf", "wscanf")
# RTEMS's: --enable-newlib-io-c99-formats and --enable-newlib-io-long-long. The other flags are newlib's own build's.
_FORMATS = ("-D_WANT_IO_C99_FORMATS", "-D_WANT_IO_LONG_LONG")
_FLAGS = ("-O2", "-g1", "-w", "-ffunction-sections", "-fdata-sections", "-fno-builtin", "-D_COMPILING_NEWLIB")


def library_for(compiler: str, processor: list[str], directory: Path) -> Path:
    """Return libc.a for the ``processor`` flags: the compiler's own, or a copy in the cache whose formats are C99's.

    Without a cache the copy is made in ``directory``. Where newlib's source is not installed the compiler's own is
    returned, and stderr says what that means. Raises ConfigError when the source does not compile.
    """
    own = Path(_output([compiler, *processor, "-print-file-name=libc.a"]).strip())
    macros = _output([compiler, *processor, "-dM", "-E", "-include", "newlib.h", "-x", "c", os.devnull])
    if "#define _WANT_IO_C99_FORMATS" in macros:
        return own
    version = re.search(r'#define _NEWLIB_VERSION "([\w.]+)"', macros)
    archive = SOURCES / f"newlib-{version[1]}.tar.xz" if version else None
    if archive is None or not archive.is_file():
        print(_missing(version[1] if version else ""), file=sys.stderr)
        return own
    cache = _cache()
    place = (cache or directory) / _key(compiler, processor, own, archive)
    if not (place / "libc.a").is_file():
        _make(compiler, processor, own, archive, place)
    if cache is not None:
        _note_use(place)
    return place / "libc.a"


def _output(command: list[str]) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    return finished.stdout if finished.returncode == 0 else ""


def _missing(version: str) -> str:
    return (
        "v7m cc: warning: this newlib was built without %zu, %jd, %td, %hhd and %a in printf and scanf, and the source "
        f"of newlib {version or '(no version)'} is not in {SOURCES}. Debian: apt-get install newlib-source"
    )


def _cache() -> Path | None:
    if os.environ.get("V7M_CACHE", "1") in ("", "0"):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # the specification wants relative ones ignored
        base = Path("~/.cache").expanduser()
    return base / "v7m" / "c-library" if base.is_absolute() else None


def _key(compiler: str, processor: list[str], own: Path, archive: Path) -> str:
    """Return a name for what the copy is made of: library, source, compiler, flags, and how this module does it."""
    parts = [" ".join(processor).encode(), _output([compiler, "--version"]).encode()]
    parts += [path.read_bytes() for path in (own, archive, Path(__file__))]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _make(compiler: str, processor: list[str], own: Path, archive: Path, place: Path) -> None:
    """Make ``place`` with the copy of ``own`` in it, at once: another process may do the same."""
    work = place.with_name(f"{place.name}.{os.urandom(8).hex()}")
    try:
        work.mkdir(mode=0o700, parents=True)
        _extract(archive, work / "source")
        objects = _compile(compiler, processor, work / "source" / "stdio", work)
        shutil.copyfile(own, work / "libc.a")
        archiver = shutil.which(compiler.removesuffix("gcc") + "ar") or compiler.removesuffix("gcc") + "gcc-ar"
        if subprocess.run([archiver, "rD", "libc.a", *objects], cwd=work, check=False).returncode != 0:
            raise ConfigError(f"{archiver} could not put newlib's printf and scanf into a copy of {own}")
        (work / "libg.a").symlink_to("libc.a")  # what gcc -g links instead
        for leftover in [work / "source", *(work / name for name in objects)]:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        with contextlib.suppress(OSError):  # somebody else was faster
            work.rename(place)
    except OSError as error:
        raise ConfigError(
            f"cannot make the C library in {place.parent}: {error.strerror}. Set V7M_CACHE=0 to do without."
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _extract(archive: Path, folder: Path) -> None:
    """Write the C files of the parts of newlib that are compiled here, and nothing else, below ``folder``."""
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            found = re.search(rf"/newlib/libc/({'|'.join(_FOLDERS)})/(\w[\w-]*\.[ch])$", member.name)
            contents = tar.extractfile(member) if found and member.isreg() else None
            if found and contents is not None:
                (folder / found[1]).mkdir(parents=True, exist_ok=True)
                (folder / found[1] / found[2]).write_bytes(contents.read())


def _compile(compiler: str, processor: list[str], source: Path, work: Path) -> list[str]:
    """Compile the formatters into ``work`` under the names of the library's members, and return these."""
    # Debug information must name newlib's files, not the place where they were for a moment.
    common = [*processor, *_FLAGS, *_FORMATS, f"-ffile-prefix-map={source.parent}=newlib/libc"]
    commands = {}
    for word in _WORDS:
        for prefix, macros in _KINDS:
            name = f"lib_a-{prefix}{word}.o"
            commands[name] = [compiler, *common, *macros, "-c", str(source / f"vf{word}.c"), "-o", str(work / name)]

    def run(command: list[str]) -> int:
        return subprocess.run(command, cwd=source, check=False).returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if any(pool.map(run, commands.values())):
            raise ConfigError(f"{compiler} could not compile newlib's printf and scanf with {' '.join(processor)}")
    return list(commands)


def _note_use(place: Path) -> None:
    """Mark ``place`` as used now, and remove the copies beside it that are too many."""
    with contextlib.suppress(OSError):
        os.utime(place)
        with os.scandir(place.parent) as entries:
            copies = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
        for _, path in copies[:-MOST_COPIES]:
            shutil.rmtree(path, ignore_errors=True)
