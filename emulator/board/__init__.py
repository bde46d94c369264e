"""Boards: what is where, described in TOML."""
