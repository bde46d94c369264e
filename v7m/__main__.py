"""The command ``v7m``, for who has the Python and not its scripts: ``python -m v7m``."""

from emulator.cli.main import command

command()
