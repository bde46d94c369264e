"""v7m export: a trace as a file that another tool opens, or as a page that needs none."""

from __future__ import annotations

from pathlib import Path

from emulator.annotations import TYPE_CHECKING
from emulator.cli.output_file import OutputFile
from emulator.errors import ConfigError
from emulator.exports.timeline import Timeline, timeline_of
from emulator.harness.exit_status import SUCCESS
from emulator.program_file import printable, shown_path
from emulator.trace.trace_file import read_trace

if TYPE_CHECKING:
    from emulator.cli.parser import Parser

EPILOG = """\
FORMAT says what is made of the trace (docs/exports.md):

  html      one page, without network: threads over time, who might touch whose stack, faults
  chrome    JSON for speedscope and ui.perfetto.dev
  ctf       a directory in the Common Trace Format, for Trace Compass and babeltrace2

exit status: 0 it was written, 2 bad usage, or a file is no whole trace of all events."""
FORMATS = ("html", "chrome", "ctf")


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import Parser

    parser = Parser("v7m export", "Make a file that other tools open of the trace of a run.", EPILOG)
    parser.add_argument("trace", metavar="TRACE", help="what v7m run --trace wrote")
    parser.add_argument("--format", choices=FORMATS, required=True, help="what to make of it")
    parser.add_argument("-o", "--output", metavar="PLACE", required=True, help="the file, or the directory of ctf")
    return parser


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = make_parser().parse_args(arguments)
    timeline = timeline_of(read_trace(options.trace))
    if options.format == "ctf":
        from emulator.exports.ctf import ctf_files

        _write_directory(options.output, ctf_files(timeline))
        return SUCCESS
    with OutputFile(options.output, "--output", [options.trace]) as file:
        file.write(_text(options.format, timeline))
    return SUCCESS


def _text(name: str, timeline: Timeline) -> str:
    if name == "chrome":
        from emulator.exports.chrome_trace import chrome_trace

        return chrome_trace(timeline)
    from emulator.exports.timeline_page import timeline_page

    return timeline_page(timeline)


def _write_directory(name: str, files: dict[str, bytes]) -> None:
    """Write ``files`` into the directory ``name``, which may have those only. Raises ConfigError."""
    place = Path(name)
    try:
        place.mkdir(parents=True, exist_ok=True)
        others = sorted({path.name for path in place.iterdir()} - set(files))
        if others:
            shown = printable(others[0], 40)
            raise ConfigError(f"--output {shown_path(name)} has other files ({shown}). Name a directory of its own.")
        for file, data in files.items():
            (place / file).write_bytes(data)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(
            f"--output {shown_path(name)} cannot be written: {printable(reason)}. Choose another directory."
        ) from None
