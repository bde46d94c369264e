"""The command ``v7m`` as a package: ``python -m v7m``."""
