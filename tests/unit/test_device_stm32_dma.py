"""The DMA of STM32: what it moves where and when, its flags and interrupts, in both of its layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.devices import DeviceBench, put, word
from support.small_programs import build_elf, exit_with

import v7m
from emulator.devices.stm32_dma import ITEM, MEMORY_ITEM, QUIET, Stm32Dma
from emulator.records import replace

RAM, REGISTER, RECEIVER = 0x2000_0000, 0x4000_4404, 0x4000_4424


class Bench(DeviceBench):
    """With 256 bytes of memory, and registers that keep what was stored to them."""

    def __init__(self, variant: str) -> None:
        super().__init__()
        self.memory = bytearray(range(256))
        self.stored: list[tuple[int, int, int]] = []
        self.context = replace(
            self.context, load=self._load, store=self._store, load_register=lambda address, size: address & 0xFF,
            store_register=lambda *access: self.stored.append(access),
        )  # fmt: skip
        self.is_streams = variant == "streams"
        self.dma = self.make(Stm32Dma, variant=variant, never=(RECEIVER,))

    def _load(self, address: int, size: int) -> bytes:
        return bytes(self.memory[address - RAM :][:size])

    def _store(self, address: int, data: bytes) -> None:
        self.memory[address - RAM : address - RAM + len(data)] = data

    def program(self, number: int, control: int, count: int, register: int, memory: int) -> None:
        place = 0x10 + 24 * number if self.is_streams else 0x08 + 20 * number
        for offset, value in ((4, count), (8, register), (12, memory), (0, control), (0, control | 1)):
            put(self.dma, place + offset, value)

    def place(self, number: int) -> int:
        return 0x10 + 24 * number if self.is_streams else 0x08 + 20 * number

    def count(self, number: int) -> int:
        return word(self.dma, self.place(number) + 4)


OUT = {"channels": 1 << 4 | 1 << 7 | 3 << 1, "streams": 1 << 6 | 1 << 10 | 3 << 3}
"""From memory, whose address steps, to a register; both interrupts enabled."""
CIRCULAR = {"channels": 1 << 5, "streams": 1 << 8}


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_bytes_go_from_memory_to_a_register_and_both_moments_interrupt(variant: str) -> None:
    bench = Bench(variant)
    bench.program(3, OUT[variant], 4, REGISTER, RAM + 8)
    status, clear = (0x00, 0x08) if bench.is_streams else (0x00, 0x04)
    half, whole = (1 << 26, 1 << 27) if bench.is_streams else (5 << 12, 3 << 12)
    bench.advance(2 * ITEM - 1)
    assert (bench.lines["3"], bench.count(3)) == (False, 3)
    bench.advance(1)
    assert (bench.lines["3"], word(bench.dma, status), bench.count(3)) == (True, half, 2)
    put(bench.dma, clear, 1 << 26 if bench.is_streams else 1 << 14)
    assert not bench.lines["3"]
    bench.advance(2 * ITEM)
    assert (bench.lines["3"], bench.count(3)) == (True, 0)
    assert word(bench.dma, status) == whole
    assert bench.stored == [(REGISTER, 1, value) for value in (8, 9, 10, 11)]
    assert word(bench.dma, bench.place(3)) & 1 == (0 if bench.is_streams else 1)
    put(bench.dma, clear, 0x3F << 22 if bench.is_streams else 1 << 12)
    assert (bench.lines["3"], word(bench.dma, status)) == (False, 0)


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_memory_goes_to_memory_with_sizes_that_differ(variant: str) -> None:
    bench = Bench(variant)
    between = 1 << 14 | 1 << 6 | 1 << 7 | 1 << 10 if variant == "channels" else 1 << 7 | 1 << 9 | 1 << 10 | 1 << 13
    bench.program(1, between, 3, RAM, RAM + 0x80)  # bytes to halfwords
    bench.advance(3 * MEMORY_ITEM)
    assert bench.memory[0x80:0x88] == bytes([0, 0, 1, 0, 2, 0, 0x86, 0x87])


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_what_is_disabled_has_moved_what_was_due_and_keeps_the_rest(variant: str) -> None:
    bench = Bench(variant)
    bench.program(0, OUT[variant], 10, REGISTER, RAM)
    bench.advance(3 * ITEM + 5)
    put(bench.dma, bench.place(0), OUT[variant])
    assert (bench.count(0), len(bench.stored)) == (7, 3)
    bench.advance(20 * ITEM)
    assert (len(bench.stored), bench.lines["0"]) == (3, False)


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_a_circular_transfer_begins_again_and_long_sleep_is_not_made_up_for_item_by_item(variant: str) -> None:
    bench = Bench(variant)
    bench.program(2, OUT[variant] | CIRCULAR[variant], 2, REGISTER, RAM)
    for _ in range(6):
        bench.advance(ITEM)
    assert [value for _, _, value in bench.stored] == [0, 1, 0, 1, 0, 1]
    bench.advance(1_000_001 * ITEM)
    assert len(bench.stored) < 20
    assert (bench.count(2), bench.lines["2"]) == (1, True)


def test_the_second_buffer_of_a_stream_has_its_turn() -> None:
    bench = Bench("streams")
    put(bench.dma, bench.place(0) + 16, RAM + 0x40)
    bench.program(0, OUT["streams"] | 1 << 18, 2, REGISTER, RAM)
    for _ in range(4):
        bench.advance(2 * ITEM)
    assert [value for _, _, value in bench.stored] == [0, 1, 0x40, 0x41, 0, 1, 0x40, 0x41]


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_nothing_comes_from_a_receiver_and_zeros_or_what_is_there_from_others(variant: str) -> None:
    bench = Bench(variant)
    inwards = 1 << 7 | 1 << 1 if variant == "channels" else 1 << 10 | 1 << 4
    bench.program(4, inwards, 2, RECEIVER, RAM)
    bench.program(5, inwards, 2, 0x4001_204C, RAM + 16)
    bench.advance(100 * ITEM)
    assert (bench.count(4), bench.lines["4"], bytes(bench.memory[:2])) == (2, False, b"\0\1")
    assert (bench.count(5), bench.lines["5"], bytes(bench.memory[16:18])) == (0, True, b"\x4c\x4c")


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_a_circular_transfer_without_interrupts_ends_no_sleep(variant: str) -> None:
    bench = Bench(variant)
    bench.program(0, CIRCULAR[variant], 1, 0x4001_204C, RAM)
    assert QUIET <= bench.clock.next_time() < 1 << 63 <= bench.clock.next_waking_time()


@pytest.mark.parametrize("variant", ["channels", "streams"])
def test_transfers_that_program_themselves_end(variant: str) -> None:
    bench = Bench(variant)
    bench.context = replace(bench.context, store_register=lambda a, s, v: put(bench.dma, a & 0xFF, v))
    bench.dma = bench.make(Stm32Dma, variant=variant, never=(RECEIVER,))
    bench.memory[:8] = bytes([OUT[variant] & 0xFF, 0, 0, 0, OUT[variant] & 0xFF | 1, 0, 0, 0])
    words = 2 << 8 | 2 << 10 if variant == "channels" else 2 << 11 | 2 << 13
    bench.program(0, OUT[variant] | CIRCULAR[variant] | words, 2, 0x4002_0000 + bench.place(0), RAM)
    for _ in range(50):
        bench.advance(ITEM)


def test_a_transfer_goes_on_after_it_was_saved() -> None:
    bench = Bench("streams")
    bench.program(0, OUT["streams"], 4, REGISTER, RAM)
    bench.advance(3 * ITEM)
    other = Bench("streams")
    other.clock.skip_to(bench.clock.now)
    other.dma.restore(bench.dma.save())
    other.advance(ITEM)
    assert ([value for _, _, value in other.stored], other.lines["0"]) == ([3], True)


SENDS = """
    movw r0, #0x60a0; movt r0, #0x4002          // DMA1, stream 6
    movs r1, #5; str r1, [r0, #4]
    movw r1, #0x4404; movt r1, #0x4000; str r1, [r0, #8]
    movw r1, #0x400; str r1, [r0, #12]
    movw r1, #0x451; movt r1, #0x0800; str r1, [r0]
wait: ldr r1, [r0]; tst r1, #1; bne wait
"""


@pytest.mark.parametrize("pure", ["", "1"])
def test_a_uart_of_a_board_sends_by_dma(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pure: str) -> None:
    monkeypatch.setenv("V7M_PURE_PYTHON", pure)
    path = tmp_path / "sends.elf"
    path.write_bytes(build_elf(SENDS + exit_with(0), text=b"hello", stack=0x2000_8000))
    result = v7m.run(path, board="stm32f407", max_instructions=10_000)
    assert (result.console, result.exit_status) == ("hello", 0)
