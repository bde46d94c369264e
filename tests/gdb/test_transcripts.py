"""Sessions of the real GDB, byte for byte, where no GDB is installed. record.py writes them anew."""

import pytest
from support.gdb import PREBUILT, client_of
from support.transcripts import FOLDER, TRANSCRIPTS, read


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_server_answers_as_it_did(name):
    with client_of(PREBUILT / f"{TRANSCRIPTS[name][0]}.elf", acknowledges=True) as client:
        for number, (sent, expected) in enumerate(read(name), 1):
            assert client.raw(sent) == expected, f"exchange {number} of {name}"
    assert number > 20


def test_every_transcript_is_of_something():
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == sorted(TRANSCRIPTS)
