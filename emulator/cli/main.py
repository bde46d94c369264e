"""The command ``v7m``: chooses the verb, and turns every error into one line and an exit status.

Verbs are imported when they are used, so ``v7m --help`` needs none of the machine.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence

from emulator.annotations import NoReturn
from emulator.errors import EmulatorError, GuestAccessError, InternalError
from emulator.version import VERSION

TRACEBACK_VARIABLE = "V7M_TRACEBACK"
_STDOUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a write to stdout may fail with: files that we write by name have their own errors."""
GARBAGE_THRESHOLD = 20_000
"""New objects after which Python looks for garbage. There is none while it starts, and with 700 it looks 50 times."""
CUT_SHORT = (2, 70, 130, 141)
"""Exit statuses of a command that an error, Ctrl-C or a closed pipe ended."""


def _run(arguments: list[str]) -> int:
    from emulator.cli import run

    return run.run(arguments)


def _threads(arguments: list[str]) -> int:
    from emulator.cli import threads

    return threads.run(arguments)


def _registers(arguments: list[str]) -> int:
    from emulator.cli import registers

    return registers.run(arguments)


def _debug(arguments: list[str]) -> int:
    from emulator.cli import debug

    return debug.run(arguments)


def _compare(arguments: list[str]) -> int:
    from emulator.cli import compare

    return compare.run(arguments)


def _test(arguments: list[str]) -> int:
    from emulator.cli import test

    return test.run(arguments)


def _diff(arguments: list[str]) -> int:
    from emulator.cli import diff

    return diff.run(arguments)


def _export(arguments: list[str]) -> int:
    from emulator.cli import export

    return export.run(arguments)


def _explain(arguments: list[str]) -> int:
    from emulator.cli import explain

    return explain.run(arguments)


def _cc(arguments: list[str]) -> int:
    from emulator.cli import cc

    return cc.run(arguments)


def _boards(arguments: list[str]) -> int:
    from emulator.cli import boards

    return boards.run(arguments)


def _dap(arguments: list[str]) -> int:
    from emulator.cli import dap

    return dap.run(arguments)


def _completion(arguments: list[str]) -> int:
    from emulator.cli import completion

    return completion.run(arguments)


def _help(arguments: list[str]) -> int:
    if arguments:
        return main([arguments[0], "--help"])
    print(help_text())
    return 0


VERBS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "run": (_run, "run a program; explain a fault, a lockup, a deadlock"),
    "threads": (_threads, "run a program; show who could touch whose stack, and when that changed"),
    "debug": (_debug, "let GDB debug a program: threads, rights, and the instruction that faults"),
    "test": (_test, "run cases of what programs must do, compare, report"),
    "diff": (_diff, "what two traces or reports say differently of what a program did"),
    "export": (_export, "a trace as a page, or for Perfetto, Trace Compass, ... (docs/exports.md)"),
    "explain": (_explain, "explain a core file, a report, or a fault dump or registers of hardware"),
    "registers": (_registers, "print what run --trace-registers wrote: all registers before each instruction"),
    "compare": (_compare, "run a program here and on QEMU, and show the first instruction that differs"),
    "cc": (_cc, "compile a program against the RTEMS headers and start-up code (gcc options)"),
    "boards": (_boards, "list the boards, or describe one"),
    "dap": (_dap, "debug from an editor: VS Code, Neovim, Helix, Emacs (docs/editors.md)"),
    "completion": (_completion, "print a script that completes verbs and options in bash, zsh or fish"),
    "help": (_help, "this text, or v7m help VERB"),
}


_FIRST_PROGRAM = "firmware/prebuilt/stack_isolation.elf"
_OWN_PROGRAM = """\
  v7m cc -g -O2 main.c -o main.elf                    your own program; v7m cc --help shows a whole one
  v7m run main.elf
"""
_IN_THE_REPOSITORY = f"""\
  v7m run {_FIRST_PROGRAM}       one thread writes to another's stack: a fault, explained
  v7m run firmware/prebuilt/stack_sharing.elf         the same access after shm_open, ftruncate, mmap: allowed
  v7m threads firmware/prebuilt/stack_sharing.elf     who may touch whose stack
{_OWN_PROGRAM}"""
_INSTALLED = f"""\
{_OWN_PROGRAM}  v7m threads main.elf                                who may touch whose stack
  v7m run kernel.elf --board lm3s6965evb              any Cortex-M image: your kernel, your MPU code
"""


def help_text() -> str:
    """Return what ``v7m`` alone prints."""
    verbs = "\n".join(f"  v7m {name:<10} {words}" for name, (_, words) in VERBS.items())
    start = _IN_THE_REPOSITORY if os.path.exists(_FIRST_PROGRAM) else _INSTALLED
    return f"""\
v7m runs Cortex-M programs as the part would, and explains every access that the MPU refuses.

{verbs}

Start here:
{start}
v7m VERB --help lists a verb's options. Exit status: 0 the program succeeded, 1 it reported failure, 2 bad usage or
input, 3 fault, lockup or broken isolation, 4 deadlock or instruction budget spent, 70 a bug of ours."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with ``argv`` (default: the process's) and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _dispatch(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        from emulator.cli.console import forget_standard_output

        forget_standard_output()
        return 141
    except (InternalError, GuestAccessError) as error:
        return _our_bug(error)
    except EmulatorError as error:
        _complain(str(error))
        return 2
    except RecursionError as error:
        return _our_bug(error)
    except OSError as error:
        if error.filename is not None or error.errno not in _STDOUT_ERRORS:
            return _our_bug(error)
        from emulator.cli.console import cannot_write, forget_standard_output

        forget_standard_output()
        _complain(str(cannot_write(error)))
        return 2
    except Exception as error:  # the one place: whatever it is, the user gets one line
        return _our_bug(error)


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(help_text())
        return 0
    if arguments[0] in ("-V", "--version"):
        print(f"v7m {VERSION}")
        return 0
    verb, rest = arguments[0], arguments[1:]
    if verb not in VERBS:
        _complain(_unknown(verb))
        return 2
    return VERBS[verb][0](rest)


def _unknown(verb: str) -> str:
    shown = verb if verb.isprintable() else ascii(verb)
    if verb.startswith("-"):
        return f"unknown option {shown}. See v7m --help."
    if os.path.exists(verb):
        return f"no verb {shown!r}. To run that file: v7m run {shown}"
    from difflib import get_close_matches

    near = get_close_matches(verb, VERBS, n=1)
    return f"no verb {shown!r}. {f'Did you mean v7m {near[0]}?' if near else 'See v7m --help.'}"


def _complain(message: str) -> None:
    from emulator.cli.terminal import write_diagnostics

    write_diagnostics(f"v7m: {message}\n")


def _our_bug(error: BaseException) -> int:
    """Say that we are to blame, in one line; with V7M_TRACEBACK=1 all of it."""
    if os.environ.get(TRACEBACK_VARIABLE):
        import traceback

        traceback.print_exception(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())
    _complain(f"internal error, a bug of v7m: {words}. {TRACEBACK_VARIABLE}=1 shows where; please report it.")
    return 70


def _hear_interrupts() -> None:
    """Let SIGINT end the command also where it was inherited as ignored: under nohup, in a script's background.

    Who sends it there means this process: by kill -INT, or because the script it belongs to was interrupted.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def command() -> NoReturn:
    """Run the command as a process of its own, and end the process with its exit status.

    The interpreter would first take itself apart, which lasts longer than many a run. By now files are closed, and what
    was printed goes out here; where that fails, or a profiler or debugger wants to hear of the end, it may do so. So it
    may where the command was cut short, and may have left something for the interpreter to clean up.
    """
    gc.set_threshold(GARBAGE_THRESHOLD)
    _hear_interrupts()
    status = main()
    if status in CUT_SHORT or sys.getprofile() or sys.gettrace():
        sys.exit(status)
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    command()
