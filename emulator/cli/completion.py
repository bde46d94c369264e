"""v7m completion: a script that lets bash, zsh or fish complete verbs, options and their values.

It is made of the options that the verbs' parsers know, so that a new option completes without another line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from emulator.annotations import Any
from emulator.board.board_file import board_names
from emulator.cli.main import VERBS
from emulator.cli.parser import Parser
from emulator.records import dataclass

EPILOG = """\
  bash   v7m completion bash > ~/.local/share/bash-completion/completions/v7m
  zsh    v7m completion zsh > DIR/_v7m, with DIR in $fpath in front of compinit
  fish   v7m completion fish > ~/.config/fish/completions/v7m.fish

or source it: . <(v7m completion bash)"""
FILES, DIRECTORIES, NOTHING = "files", "directories", "nothing"
_PLACES = {"FILE": FILES, "PATH": FILES, "DIR": DIRECTORIES}


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its ``names``, what it does, whether a value follows, and which: ``words``, or a kind of ``place``."""

    names: tuple[str, ...]
    help: str
    has_value: bool
    words: tuple[str, ...]
    place: str


def make_parser() -> Parser:
    """Return the parser of this verb."""
    words = "Print a script with which a shell completes v7m's verbs, options and values."
    parser = Parser("v7m completion", words, EPILOG)
    parser.add_argument("shell", choices=tuple(SHELLS), help="whose script")
    return parser


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError."""
    options = make_parser().parse_args(arguments)
    print(SHELLS[options.shell](), end="")
    return 0


def options_of(verb: str) -> list[Option]:
    """Return the options of ``verb``; none of one that hands everything to another program."""
    module = import_module(f"emulator.cli.{verb}") if verb != "help" else None
    maker: Callable[[], Any] | None = getattr(module, "make_parser", None)
    if maker is None:
        return []
    return [_option(action) for action in maker()._actions if action.option_strings]


def arguments_of(verb: str) -> tuple[str, ...]:
    """Return the words that may follow ``verb``; () where they are files."""
    if verb == "help":
        return tuple(VERBS)
    if verb == "completion":
        return tuple(SHELLS)
    return tuple(board_names()) if verb == "boards" else ()


def _option(action: Any) -> Option:
    names = tuple(action.option_strings)
    words = tuple(str(choice) for choice in action.choices or ())
    if "--board" in names:
        words = tuple(board_names())
    text = " ".join(str(action.help or "").replace("%%", "%").split())
    return Option(names, text, action.nargs != 0, words, _PLACES.get(str(action.metavar), NOTHING))


# -- bash ----------------------------------------------------------------------------------------------------------


def bash_script() -> str:
    """Return the script for bash."""
    return "\n".join(_bash_lines()) + "\n"


def _bash_lines() -> Iterator[str]:
    yield "# Completion of v7m for bash: source it."
    yield "_v7m() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}"
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f'        COMPREPLY=($(compgen -W "{" ".join(VERBS)}" -- "$word"))'
    yield "        return"
    yield "    fi"
    yield '    if [ "$word" = "=" ]; then word=; fi'
    yield '    if [ "$before" = "=" ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi'
    yield '    case "$verb $before" in'
    for verb in VERBS:
        for option in options_of(verb):
            if option.has_value:
                yield f"    {'|'.join(_quoted(f'{verb} {name}') for name in option.names)})"
                yield f"        {_bash_value(option)}"
                yield "        return ;;"
    yield "    esac"
    yield '    case "$verb $word" in'
    for verb in VERBS:
        names = [name for option in options_of(verb) for name in option.names]
        if names:
            yield f'    "{verb} -"*) COMPREPLY=($(compgen -W "{" ".join(names)}" -- "$word")) ;;'
        words = arguments_of(verb)
        if words:
            yield f'    "{verb} "*) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$word")) ;;'
    yield "    esac"
    yield "}"
    yield "complete -o bashdefault -o default -F _v7m v7m"


def _bash_value(option: Option) -> str:
    if option.words:
        return f'COMPREPLY=($(compgen -W "{" ".join(option.words)}" -- "$word"))'
    if option.place == DIRECTORIES:
        return 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$word"))'
    return ":" if option.place == FILES else "compopt +o default +o bashdefault"


def _quoted(text: str) -> str:
    return f'"{text}"'


# -- zsh -----------------------------------------------------------------------------------------------------------


def zsh_script() -> str:
    """Return the script for zsh."""
    return "\n".join(_zsh_lines()) + "\n"


def _zsh_lines() -> Iterator[str]:
    yield "#compdef v7m"
    yield "_v7m() {"
    yield "  local -a verbs"
    yield "  verbs=("
    yield from (f"    {_zsh_quoted(f'{name}:{words}')}" for name, (_, words) in VERBS.items())
    yield "  )"
    yield "  if (( CURRENT == 2 )); then"
    yield "    _describe verb verbs"
    yield "    return"
    yield "  fi"
    yield "  local verb=$words[2]"
    yield "  shift words"
    yield "  (( CURRENT-- ))"
    yield "  case $verb in"
    for verb in VERBS:
        options = options_of(verb)
        yield f"  {verb})"
        yield "    _arguments \\"
        for option in options:
            others = f"({' '.join(option.names)})" if len(option.names) > 1 else ""
            for name in option.names:
                yield f"      {_zsh_quoted(others + name + _zsh_help(option) + _zsh_value(option))} \\"
        words = arguments_of(verb)
        follows = f"({' '.join(words)})" if words else "_files"
        yield f"      {_zsh_quoted(f'*:argument:{follows}')}"
        yield "    ;;"
    yield "  esac"
    yield "}"
    yield 'if [ "$funcstack[1]" = _v7m ]; then _v7m "$@"; else compdef _v7m v7m; fi'


def _zsh_help(option: Option) -> str:
    text = option.help
    for character in "\\[]:":
        text = text.replace(character, f"\\{character}")
    return f"[{text}]"


def _zsh_value(option: Option) -> str:
    if not option.has_value:
        return ""
    if option.words:
        return f":value:({' '.join(option.words)})"
    return {FILES: ":file:_files", DIRECTORIES: ":directory:_files -/", NOTHING: ":value: "}[option.place]


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# -- fish ----------------------------------------------------------------------------------------------------------


def fish_script() -> str:
    """Return the script for fish."""
    return "\n".join(_fish_lines()) + "\n"


def _fish_lines() -> Iterator[str]:
    yield "# Completion of v7m for fish: source it."
    yield "complete -c v7m -e"
    for name, (_, text) in VERBS.items():
        yield f"complete -c v7m -n __fish_use_subcommand -f -a {name} -d {_fish_quoted(text)}"
    for verb in VERBS:
        seen = f"complete -c v7m -n '__fish_seen_subcommand_from {verb}'"
        for option in options_of(verb):
            flags = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
            )  # fmt: skip
            yield f"{seen} {flags}{_fish_value(option)} -d {_fish_quoted(option.help)}"
        words = arguments_of(verb)
        if words:
            yield f"{seen} -f -a {_fish_quoted(' '.join(words))}"


def _fish_value(option: Option) -> str:
    if not option.has_value:
        return ""
    if option.words:
        return f" -x -a {_fish_quoted(' '.join(option.words))}"
    return {FILES: " -r -F", DIRECTORIES: " -x -a '(__fish_complete_directories)'", NOTHING: " -x"}[option.place]


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS: dict[str, Callable[[], str]] = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}
