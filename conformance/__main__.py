"""The conformance kit: ``python3 conformance --help``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the kit is run by whatever python3 there is
    sys.exit("conformance: Python 3.11 or newer is needed.")

from kit.command import main

if __name__ == "__main__":
    sys.exit(main())
