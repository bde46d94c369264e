"""The version of v7m: the package's, and what traces and reports name."""

VERSION = "0.1.0"
