"""Reading the user's file, and how it is named in messages."""

import os
import threading

import pytest

from emulator.errors import ImageError
from emulator.program_file import base_name, printable, read_program_file, shown_path


def refusal(path) -> str:
    with pytest.raises(ImageError) as caught:
        read_program_file(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_contents_are_returned(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert read_program_file(tmp_path / "a") == b"abc"


def test_a_missing_file_is_named_as_the_user_gave_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal("x/../none.elf") == ("x/../none.elf does not exist. Check the path, or build the program first.")


def test_a_directory_is_called_one(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path} is a directory. Give the program's file."


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "a").touch()
    assert refusal(tmp_path / "a").endswith("a is empty. Build the program again.")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_called_that(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "a").chmod(0)
    assert "permission denied" in refusal(tmp_path / "a")


def test_permission_denied_is_said_in_words(tmp_path, monkeypatch):
    def refuse(*_args, **_keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert refusal("a.elf") == "a.elf cannot be read: permission denied. Give yourself read permission."


def test_a_device_is_refused():
    assert refusal("/dev/zero") == "/dev/zero is not a regular file. Give the program's file."


def test_a_pipe_is_read_to_its_end(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"abc" * 100_000,))
    writer.start()
    assert read_program_file(path) == b"abc" * 100_000
    writer.join()


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("emulator.program_file.LARGEST_FILE", 1 << 20)
    (tmp_path / "a").write_bytes(bytes((1 << 20) + 1))
    assert "is larger than 1 MiB" in refusal(tmp_path / "a")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "a/b\nc/d"])
def test_impossible_names_are_refused_in_one_line(path):
    refusal(path)


def test_names_keep_their_letters_and_lose_what_breaks_a_line():
    assert shown_path("größe/a b.elf") == "größe/a b.elf"
    assert shown_path("a\nb\x1b[0m\u202e.elf") == "a\\nb\\x1b[0m\\u202e.elf"
    assert shown_path(os.fsdecode(b"\xff.elf")) == "\\udcff.elf"
    assert base_name("dir/sub/app.elf") == "app.elf"


def test_long_texts_are_cut_where_asked():
    assert printable("abcdef", 3) == "abc..."
    assert printable("abc", 3) == "abc"
