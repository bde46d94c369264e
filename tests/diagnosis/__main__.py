"""`python -m tests.diagnosis [PART OF A NAME ...]`: builds, runs and judges the programs, and prints the table.

-v           with the complaints
--reports    with the reports
--update     writes down what fails, for test_diagnosis.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from diagnosis.corpus import programs
from diagnosis.judge import JUDGEMENTS, Verdict
from diagnosis.run import verdict_on
from diagnosis.shortfalls import WANTED, write_shortfalls


def main(arguments: list[str]) -> int:
    parts = [argument for argument in arguments if not argument.startswith("-")]
    verdicts: dict[str, Verdict] = {}
    for program in programs():
        if parts and not any(part in program.name for part in parts):
            continue
        verdict, report = verdict_on(program)
        verdicts[program.name] = verdict
        marks = "  ".join("no " if verdict[name] else "yes" for name in JUDGEMENTS)
        print(f"{program.name:28}{marks}  {report.facts['headline']}")
        if "-v" in arguments:
            print("".join(f"    {name}: {what}\n" for name in JUDGEMENTS for what in verdict[name]), end="")
        if "--reports" in arguments:
            print(report.text)
    print_totals(verdicts)
    if "--update" in arguments and not parts:
        write_shortfalls(verdicts)
    return 0


def print_totals(verdicts: dict[str, Verdict]) -> None:
    for name in JUDGEMENTS:
        passed = sum(not verdict[name] for verdict in verdicts.values())
        print(
            f"{name:8}{passed:3} of {len(verdicts)}  {100 * passed / max(len(verdicts), 1):5.1f} %"
            f"  (wanted: {WANTED[name]} %)"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
