"""Verdicts as SARIF 2.1.0, for code scanning: a result for each case that failed, where its program went wrong.

A result names files of the project only, by paths from where the command runs. Its fingerprint is made of what went
wrong and in which function, without lines and addresses, so that it is the same alert after a rebuild that moves code.
[OASIS SARIF 2.1.0, errata 01]
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import quote

from emulator.annotations import Any
from emulator.harness.call_stack import Call, CallStack
from emulator.harness.case import Case
from emulator.harness.project_files import Place, first_place, project_file
from emulator.harness.verdict import RULES, Verdict
from emulator.version import VERSION

JSON = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
"""The name of the directory where the command ran, which whoever opens the file has somewhere else."""
FINGERPRINT = "v7mCase/v1"


def sarif_log(verdicts: Sequence[Verdict]) -> str:
    """Return a log with one run. What passed has no result."""
    failed = [verdict for verdict in verdicts if not verdict.has_passed]
    rules = sorted({verdict.rule for verdict in failed})
    driver = {
        "name": "v7m",
        "version": VERSION,
        "rules": [{"id": rule, "shortDescription": {"text": RULES[rule]}} for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The directory where v7m test ran."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(verdict, rules.index(verdict.rule)) for verdict in failed],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(verdict: Verdict, rule_index: int) -> JSON:
    case = verdict.case
    place = first_place(verdict.stacks, case)
    written = _location(project_file(case.file, case.directory.cwd()), 0, "the case")
    found = {
        "ruleId": verdict.rule,
        "ruleIndex": rule_index,
        "level": "error",
        "kind": "fail",
        "message": {"text": "\n".join((f"{case.name}: {verdict.failures[0]}", *verdict.failures[1:]))},
        "locations": [_location(place.path, place.call.line, "", place.call) if place is not None else written],
        "relatedLocations": [written] if place is not None else [],
        "stacks": [_stack(stack, case) for stack in verdict.stacks],
        "partialFingerprints": {FINGERPRINT: fingerprint(verdict, place)},
        "properties": {
            "case": case.name,
            "outcome": verdict.outcome,
            "headline": verdict.headline,
            "board": case.setup.board,
            "instructions": verdict.instructions,
        },
    }
    return {key: value for key, value in found.items() if value != []}


def fingerprint(verdict: Verdict, place: Place | None) -> str:
    """Return what says that two results are the same one: the case, what went wrong, who did it, in which function."""
    case = verdict.case
    file = project_file(case.file, case.directory.cwd()) or ""
    where = ("", "") if place is None else (place.path, place.call.function)
    parts = (file, case.name, verdict.rule, *verdict.subject, *where)
    return sha256("\0".join(parts).encode()).hexdigest()


def _location(path: str | None, line: int, words: str, call: Call | None = None) -> JSON:
    """Return a location; without a ``path`` it only says what it would be."""
    location: JSON = {}
    if path is not None:
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(path), "uriBaseId": ROOT}}
        if line:
            location["physicalLocation"]["region"] = {"startLine": line}
    if call is not None and call.function:
        location["logicalLocations"] = [{"name": call.function, "kind": "function"}]
    if words:
        location["message"] = {"text": words}
    return location


def _stack(stack: CallStack, case: Case) -> JSON:
    frames = []
    for call in stack.calls:
        path = project_file(call.path, case.directory) if call.line else None
        frames.append({"location": _location(path, call.line, _words(call), call)})
    found: JSON = {"frames": frames}
    if stack.whose:
        found["message"] = {"text": stack.whose}
    return found


def _words(call: Call) -> str:
    """Return a call as people read it, with its line unless that is in a directory of one host."""
    name = call.function or "code without a name"
    is_elsewhere = not call.line or call.path.startswith("/") or call.path[1:2] == ":"
    return name if is_elsewhere else f"{name} ({call.path}:{call.line})"
