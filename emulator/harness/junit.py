"""Verdicts as JUnit XML, for build servers. No host's name, path or time is in it: what was run is what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from xml.sax.saxutils import escape, quoteattr

from emulator.harness.verdict import Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def junit_xml(verdicts: Sequence[Verdict]) -> str:
    """Return one test suite with a test case a verdict."""
    failed = sum(not verdict.has_passed for verdict in verdicts)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites><testsuite name="v7m" tests="{len(verdicts)}" failures="{failed}" errors="0" skipped="0">',
    ]
    for verdict in verdicts:
        lines += _case(verdict)
    return "\n".join([*lines, "</testsuite></testsuites>"]) + "\n"


def _case(verdict: Verdict) -> list[str]:
    case = verdict.case
    group = ".".join(PurePath(case.file).with_suffix("").parts).strip(".")
    lines = [f"<testcase classname={_attribute(group)} name={_attribute(case.name)}>", "<properties>"]
    for name, value in (
        ("outcome", verdict.outcome), ("headline", verdict.headline), ("board", case.setup.board),
        ("instructions", str(verdict.instructions)),
    ):  # fmt: skip
        lines.append(f"<property name={_attribute(name)} value={_attribute(value)}/>")
    lines.append("</properties>")
    if not verdict.has_passed:
        first = verdict.failures[0].partition("\n")[0]
        told = "\n".join((*verdict.failures, verdict.report))
        lines.append(f"<failure message={_attribute(first)}>{_text(told)}</failure>")
    if verdict.console:
        lines.append(f"<system-out>{_text(verdict.console)}</system-out>")
    return [*lines, "</testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("?", text), {"\n": "&#10;"})


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("?", text))
