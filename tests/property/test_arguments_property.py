"""The short way to read a command line gives what argparse gives, or leaves the line to argparse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.cli import run, threads
from emulator.cli.arguments import MACHINE_OPTIONS, Options, UsageError, read_plainly

WORDS = [
    *("a.elf", "b.elf", "", "16M", "stop", "continue", "audit", "json", "always", "kernel-opens", "-", "--", "-x"),
    *("--args", "--help", "--nonsense", "--ram=16M", "--boar", "5000", "0x100", "a b", "-1", "--lenient=1"),
    *(name for table in (run.OPTIONS, threads.OPTIONS, *MACHINE_OPTIONS.values()) for name in table),
]
OPTION_AND_VALUE = st.sampled_from(
    [
        *(["--board", "x"], ["--ram", "16M"], ["--on-reset", "stop"], ["--mode", "strict"], ["--color", "never"]),
        *(["--lenient"], ["--input", "f"], ["--trace", "t"], ["a.elf"], ["b.elf"], ["--unprivileged"]),
    ]
)


def by_argparse(verb, arguments: list[str]) -> dict[str, object] | None:
    """What argparse makes of the arguments; None for an error or help."""
    try:
        found = vars(verb.make_parser().parse_args(arguments, namespace=Options()))
        found.pop("given", None)  # the parser's own notes
        return found
    except (UsageError, SystemExit):
        return None


@given(verb=st.sampled_from([run, threads]), arguments=st.lists(st.sampled_from(WORDS), max_size=6))
def test_any_words_are_read_as_argparse_reads_them(verb, arguments) -> None:
    plain = read_plainly(arguments, verb.OPTIONS)
    assert plain is None or vars(plain) == by_argparse(verb, arguments)


@given(verb=st.sampled_from([run, threads]), parts=st.lists(OPTION_AND_VALUE, max_size=5))
def test_the_usual_command_lines_are_read_as_argparse_reads_them(verb, parts) -> None:
    arguments = ["a.elf", *(word for part in parts for word in part)]
    plain = read_plainly(arguments, verb.OPTIONS)
    assert plain is None or vars(plain) == by_argparse(verb, arguments)


def test_the_usual_command_lines_are_read_without_argparse() -> None:
    for line in ("a.elf", "a.elf b.elf", "--board x a.elf", "a.elf --ram 16M --lenient", "a --report json --trace t"):
        assert read_plainly(line.split(), run.OPTIONS) is not None


def test_what_argparse_has_to_refuse_or_to_convert_is_left_to_it() -> None:
    for line in ("", "--help a", "a --ram", "a --ram -x", "a --mode x a", "a --max-instructions 5", "-x", "a --args"):
        assert read_plainly(line.split(), run.OPTIONS) is None
