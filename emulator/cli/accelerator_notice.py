"""Says once that the hooks run in Python: the user may not know that a C compiler would make runs much faster."""

from __future__ import annotations

import os
import sys

from emulator.engine.accelerator import is_built

WORDS = (
    "v7m: running without the accelerator, because no C compiler was found at installation. Results are the same, only "
    "slower. Install a compiler and reinstall v7m to change that. (This is said once.)"
)


def mention_once() -> None:
    """Print the notice on stderr, unless it was printed before or pure Python was asked for."""
    if os.environ.get("V7M_PURE_PYTHON") or is_built():
        return
    from pathlib import Path

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "v7m"
    marker = cache / "accelerator-notice"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    except OSError:
        pass  # a home that cannot be written to: say it each time
    print(WORDS, file=sys.stderr)
