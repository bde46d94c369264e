"""What the user of the kit can put right: said in one line, exit status 2."""


class KitError(Exception):
    """A bad manifest, definition or argument, a missing tool, a runner that does not run."""
