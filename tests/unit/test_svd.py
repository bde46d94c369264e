"""CMSIS-SVD descriptions become boards: inheritance, derivation, arrays, what registers do, and mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import build_elf

from emulator.board.board import Board
from emulator.board.board_file import load_board
from emulator.board.svd import number, read_svd
from emulator.board.svd_board import board_text
from emulator.cli.main import main
from emulator.errors import ConfigError
from emulator.machine.build import build_machine

PART = """<?xml version="1.0" encoding="utf-8"?>
<device schemaVersion="1.3">
 <vendor>STMicroelectronics</vendor><name>PART1</name>
 <cpu><name>CM4</name><mpuPresent>true</mpuPresent><fpuPresent>1</fpuPresent><nvicPrioBits>4</nvicPrioBits></cpu>
 <size>0x20</size><access>read-write</access><resetValue>0x0</resetValue>
 <peripherals>
  <peripheral><name>RCC</name><baseAddress>0x40021000</baseAddress>
   <addressBlock><offset>0</offset><size>0x400</size></addressBlock>
   <interrupt><name>RCC</name><value>5</value></interrupt>
   <registers>
    <register><name>CR</name><addressOffset>0</addressOffset><resetValue>0x83</resetValue>
     <fields>
      <field><name>HSEON</name><bitOffset>16</bitOffset></field>
      <field><name>HSERDY</name><lsb>17</lsb><msb>17</msb><access>read-only</access></field>
      <field><name>MUL</name><bitRange>[7:4]</bitRange></field>
     </fields></register>
    <register><name>SR</name><addressOffset>4</addressOffset><resetValue>#10x1</resetValue>
     <modifiedWriteValues>oneToClear</modifiedWriteValues></register>
    <register><name>ID</name><addressOffset>8</addressOffset><access>read-only</access><resetValue>0b101</resetValue></register>
    <register><name>KEY</name><addressOffset>12</addressOffset><access>write-only</access></register>
    <register><name>DATA</name><addressOffset>0x10</addressOffset><readAction>clear</readAction><resetValue>7</resetValue>
     </register>
    <register><name>OTHER</name><addressOffset>0x10</addressOffset></register>
   </registers></peripheral>
  <peripheral derivedFrom="RCC"><name>RCC2</name><baseAddress>0x40022000</baseAddress></peripheral>
  <peripheral><name>DMA</name><baseAddress>0x40023000</baseAddress><size>16</size>
   <addressBlock><offset>0</offset><size>4k</size></addressBlock>
   <registers>
    <cluster><dim>2</dim><dimIncrement>0x10</dimIncrement><dimIndex>A, B</dimIndex><name>CH%s</name>
     <addressOffset>0x20</addressOffset><resetValue>3</resetValue>
     <register><name>CNT</name><addressOffset>2</addressOffset></register>
     <register derivedFrom="CNT"><name>TOP</name><addressOffset>4</addressOffset><size>8</size></register>
    </cluster>
    <register><dim>3</dim><dimIncrement>4</dimIncrement><name>BUF[%s]</name><addressOffset>0x80</addressOffset><size>32</size>
     </register>
   </registers></peripheral>
  <peripheral><name>ALSO</name><baseAddress>0x40023000</baseAddress><registers>
    <register><name>X</name><addressOffset>0</addressOffset></register></registers></peripheral>
  <peripheral><name>NVIC</name><baseAddress>0xE000E100</baseAddress><registers>
    <register><name>ISER</name><addressOffset>0</addressOffset></register></registers></peripheral>
 </peripherals>
</device>
"""


def imported(tmp_path: Path, text: str = PART) -> Board:
    source, output = tmp_path / "part.svd", tmp_path / "part.toml"
    source.write_text(text)
    output.write_text(board_text(read_svd(str(source)), "part.svd"))
    return load_board(output)


def test_registers_are_where_they_are_and_do_what_they_do(tmp_path: Path) -> None:
    bus = build_machine(imported(tmp_path), []).bus
    rcc = 0x4002_1000
    assert bus.read(rcc, 4) == 0x83
    assert bus.write(rcc, 4, 0xFFFF_FFFF)
    assert bus.read(rcc, 4) == 0xFFFD_FFFF
    assert [bus.read(rcc + 4, 4), bus.write(rcc + 4, 4, 1), bus.read(rcc + 4, 4)] == [0b1001, True, 0b1000]
    assert [bus.read(rcc + 8, 4), bus.write(rcc + 8, 4, 0), bus.read(rcc + 8, 4)] == [5, True, 5]
    assert [bus.write(rcc + 12, 4, 9), bus.read(rcc + 12, 4)] == [True, 0]
    assert [bus.read(rcc + 16, 4), bus.read(rcc + 16, 4)] == [7, 0]
    assert bus.read(0x4002_2000, 4) == 0x83
    assert bus.register_name(rcc, 1 << 17) == "RCC_CR.HSERDY"
    assert bus.register_name(rcc, 0xF0) == "RCC_CR.MUL"


def test_clusters_and_arrays_are_taken_apart_and_inherit(tmp_path: Path) -> None:
    bus = build_machine(imported(tmp_path), []).bus
    names = {offset: bus.register_name(0x4002_3000 + offset) for offset in (0x22, 0x24, 0x32, 0x34, 0x80, 0x88)}
    assert names == {
        0x22: "DMA_CHA_CNT", 0x24: "DMA_CHA_TOP", 0x32: "DMA_CHB_CNT", 0x34: "DMA_CHB_TOP",
        0x80: "DMA_BUF0", 0x88: "DMA_BUF2",
    }  # fmt: skip
    assert [bus.read(0x4002_3000 + offset, 2) for offset in (0x22, 0x24, 0x34)] == [3, 3, 3]


def test_the_core_and_what_is_left_out(tmp_path: Path) -> None:
    board = imported(tmp_path)
    core = board.core
    assert (core.name, core.has_fpu, core.mpu_regions, core.priority_bits) == ("cortex-m4", True, 8, 4)
    assert [device.name for device in board.devices] == ["RCC", "RCC2", "DMA"]
    assert (board.devices[0].irqs, board.memories[0].address) == ({"interrupt": 5}, 0x0800_0000)
    text = (tmp_path / "part.toml").read_text()
    assert "# left out: ALSO at 0x4002_3000, where DMA is" in text
    assert 'like = "RCC"' in text


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("0x1F", 31), ("0X1f", 31), ("#101", 5), ("#1x1", 5), ("0b11", 3), ("4k", 4096), (" 7 ", 7)],
)
def test_numbers_are_read_as_vendors_write_them(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<name>CM4</name>", "<name>CM33</name>", "PART1: its core is CM33. v7m runs CM3, CM4, CM7 only."),
        ("</device>", "</dev>", "part.svd: not valid XML"),
        ("0x40021000", "zero", "part.svd: invalid literal for int()"),
        ("<dim>3</dim>", "<dim>99999</dim>", "part.svd: BUF[%s]: an array of 99,999 elements"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        imported(tmp_path, PART.replace(old, new))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_derivations_in_a_circle_end(tmp_path: Path) -> None:
    text = PART.replace("<register><name>CNT</name>", '<register derivedFrom="TOP"><name>CNT</name>')
    assert imported(tmp_path, text).devices[2].name == "DMA"


def test_the_command_writes_the_file_and_says_what_an_image_wants(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "part.svd", tmp_path / "own.toml"
    source.write_text(PART)
    assert main(["boards", "import", str(source), "-o", str(output)]) == 0
    assert load_board(output).name == "part1"
    image = tmp_path / "a.elf"
    image.write_bytes(build_elf("b ."))
    assert main(["boards", "new", str(image), "-o", str(output), "--core", "cortex-m3"]) == 0
    said = capsys.readouterr().out
    assert "stack    from 0x20008000 downwards" in said
    assert "boards   generic, lm3s6965evb, mk20dx256, mk64f" in said
    board = load_board(output)
    assert board.core.name == "cortex-m3"
    assert board.memory_ranges == [(0, 0x1_0000), (0x2000_0000, 0x1_0000)]
    assert build_machine(board, []).bus.is_writable(0x2000_7FFC, 4)
