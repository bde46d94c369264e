"""Records what the real GDB and the server say to each other: python tests/gdb/record.py writes transcripts/ anew.

With the name of a program and a file it is the server of one such session.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.gdb import PREBUILT, TIMEOUT, client_of  # noqa: E402
from support.transcripts import TRANSCRIPTS, escaped, write  # noqa: E402


def serve(program: str, file: str) -> None:
    """Serve GDB at stdin and stdout, and write what was said."""
    with client_of(PREBUILT / f"{program}.elf", acknowledges=True) as client, Path(file).open("w") as transcript:
        while data := sys.stdin.buffer.raw.read(1 << 16):
            said = client.raw(data)
            transcript.write(f"-> {escaped(data)}\n<- {escaped(said)}\n")
            transcript.flush()
            sys.stdout.buffer.write(said)
            sys.stdout.buffer.flush()
            if client.session.is_over:
                break


def record(name: str) -> None:
    """Let GDB do the commands of one transcript, and write it."""
    import subprocess
    import tempfile

    program, commands = TRANSCRIPTS[name]
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        target = f"target extended-remote | {sys.executable} {__file__} {program} {said}"
        words = ["gdb-multiarch", "-batch", "-nx", str(PREBUILT / f"{program}.elf"), "-ex", "set confirm off"]
        words += ["-ex", "set remotetimeout 60"]
        for command in (target, *commands):
            words += ["-ex", command]
        subprocess.run(words, check=False, timeout=TIMEOUT)
        write(name, said.read_text())


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(*sys.argv[1:])
    else:
        for each in TRANSCRIPTS:
            record(each)
