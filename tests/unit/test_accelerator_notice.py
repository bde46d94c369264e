"""The notice about a missing accelerator is printed once, and only when it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.cli import accelerator_notice


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("V7M_PURE_PYTHON", raising=False)
    monkeypatch.setattr(accelerator_notice, "is_built", lambda: False)
    return tmp_path


def test_it_is_said_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accelerator_notice.mention_once()
    assert capsys.readouterr().err.count("without the accelerator") == 1
    accelerator_notice.mention_once()
    assert capsys.readouterr().err == ""


def test_it_is_not_said_when_the_accelerator_is_there_or_was_declined(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    accelerator_notice.mention_once()
    monkeypatch.delenv("V7M_PURE_PYTHON")
    monkeypatch.setattr(accelerator_notice, "is_built", lambda: True)
    accelerator_notice.mention_once()
    assert capsys.readouterr().err == "" and list(home.iterdir()) == []


def test_a_cache_that_cannot_be_written_does_no_harm(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "file"))
    (home / "file").write_text("not a directory")
    accelerator_notice.mention_once()
    assert "without the accelerator" in capsys.readouterr().err
