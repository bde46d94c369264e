"""Markdown of verdicts and differences as a parser of CommonMark reads it: nothing of a program becomes markup."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from emulator.cli.main import main
from emulator.harness.case import read_cases
from emulator.harness.markdown import LARGEST, code, difference_as_markdown, verdicts_as_markdown
from emulator.harness.verdict import Verdict

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
EVIL = (
    "``` <img src=x onerror=alert(1)> | [a](http://b) @someone **b**",
    "`",
    "</details>",
    "````\n# heading\n~~~",
    "a|b\\|c",
    "\x1b[31mred\x00",
    "| --- |",
    "<!-- ",
    "    indented",
    "``",
)


def tokens(text: str) -> list[Any]:
    """Return the tokens of the document, those in lines with the others."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        found += [token, *(token.children or [])]
    return found


def contents(text: str, kind: str) -> list[str]:
    return [token.content for token in tokens(text) if token.type == kind]


def verdict(tmp_path: Path, name: str, **values: Any) -> Verdict:
    path = tmp_path / "test_a.toml"
    path.write_text('program = "a.elf"\n')
    (case,) = read_cases(path)
    return Verdict(case._replace(name=name, file="test_a.toml"), values.pop("failures", ()), **values)


def test_the_table_has_a_row_for_each_case_that_failed(tmp_path: Path) -> None:
    text = verdicts_as_markdown([
        verdict(tmp_path, "fine", outcome="success"),
        verdict(tmp_path, "bad", failures=("Expected this.\nmore",), outcome="fault", report="MemManage: x\n  y"),
    ])  # fmt: skip
    assert contents(text, "inline")[0] == "v7m: 1 of 2 cases failed"
    assert contents(text, "code_inline") == ["test_a.toml: bad", "fault", "Expected this."]
    assert contents(text, "fence") == ["Expected this.\nmore\n", "MemManage: x\n  y\n"]
    assert verdicts_as_markdown([verdict(tmp_path, "fine")]) == "### v7m: 1 case passed\n"


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_program_says_is_never_markup(evil: str, tmp_path: Path) -> None:
    texts = [
        verdicts_as_markdown([verdict(tmp_path, evil, failures=(evil, "second"), outcome="failure", report=evil)]),
        difference_as_markdown(evil, evil, evil),
    ]
    for text in texts:
        kinds = [token.type for token in tokens(text)]
        assert not {"link_open", "image", "strong_open", "html_inline", "hr", "code_block"} & set(kinds)
        assert kinds.count("heading_open") == 1
        assert kinds.count("tr_open") in (0, 2)
        html = contents(text, "html_block")
        assert len(html) in (0, 2) and all(block.startswith(("<details><summary>", "</details>")) for block in html)
        assert all("<img" not in block and block.count("</details>") <= 1 for block in html)
    assert evil.isprintable() is False or any(evil in part for part in contents(texts[1], "fence"))
    assert evil.split() == [] or len(contents(texts[0], "fence")) == 2


@pytest.mark.parametrize("text", ["plain", "`a`", "``", "a `` b ``` c", "a|b"])
def test_a_code_span_holds_the_text(text: str) -> None:
    assert contents(f"x {code(text)} y", "code_inline") == [text]
    cells = contents(f"| a |\n| --- |\n| {code(text, True)} |\n", "code_inline")
    assert cells == [text]


def test_a_comment_is_never_too_long(tmp_path: Path) -> None:
    many = [verdict(tmp_path, f"case {n}", failures=("no",), report="\n".join(["z" * 200] * 300)) for n in range(300)]
    text = verdicts_as_markdown(many)
    assert len(text) <= LARGEST + 100 and "and 200 more" in text
    shown = text.count("<details>")
    assert 0 < shown < 300 and f"{300 - shown} more are left out" in text
    assert text.count("```text") == text.count("\n```\n") == 2 * shown
    assert "... and 180 more lines" in text


def test_the_commands_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("hello", "matrix_c_read_only_share", "stack_sharing"):
        shutil.copy(PREBUILT / f"{name}.elf", tmp_path)
        main(["run", f"{name}.elf", "--trace", f"{name}.jsonl"])
    Path("test_a.toml").write_text('program = "matrix_c_read_only_share.elf"\n')
    capfd.readouterr()
    assert main(["test", "--jobs", "1", "--markdown", "a.md"]) == 1
    text = Path("a.md").read_text()
    assert "Expected the outcome success, not fault: MemManage" in contents(text, "code_inline")[2]
    capfd.readouterr()
    assert main(["diff", "hello.jsonl", "stack_sharing.jsonl", "--markdown", "d.md"]) == 1
    assert contents(Path("d.md").read_text(), "fence") == [capfd.readouterr().out]
    assert main(["diff", "hello.jsonl", "hello.jsonl", "--markdown", "d.md"]) == 0
    assert Path("d.md").read_text() == "### v7m: `hello.jsonl` does the same as `hello.jsonl`\n"
    assert main(["diff", "hello.jsonl", "stack_sharing.jsonl", "--markdown", "hello.jsonl"]) == 2
    assert "Choose another one" in capfd.readouterr().err
