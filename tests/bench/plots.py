"""``python -m tests.bench.plots``: measure how cost grows, and draw it: docs/scaling.svg.

Five small plots: program size, threads, memory maps of a bare kernel, shares, and shares that are all written to after
each switch. The axes begin at zero, so that a cost that grows linearly is a straight line.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.measure import processor_time
from bench.sides import PROGRAMS, Ours, ShimRun
from bench.workloads import program
from support.arm_gcc import build_bare

ROUNDS = 3
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 420, 260, 60, 46, 34
SIZES = (64, 128, 256, 512, 1024, 2048, 4096)
THREADS = (2, 16, 32, 64, 96, 120)
MAPS = (2, 32, 64, 128, 192, 256, 320, 384)
SHARES = tuple(range(9))


@dataclass(frozen=True, slots=True)
class Plot:
    """One curve: ``values`` of ``unit`` over ``places``."""

    title: str
    x_label: str
    unit: str
    places: Sequence[int]
    values: list[float]


def sized_program(functions: int) -> Path:
    """Build a program of so many functions, each called once by each of two rounds."""
    text = ["#include <stdint.h>"]
    for n in range(functions):
        step = f"a = (a ^ {n * 2654435761 % 2**32}u) * 3u + (a >> {n % 31 + 1});"
        text.append(f"static __attribute__((noinline)) uint32_t f{n}(uint32_t a)")
        text.append(f"{{ for (int i = 0; i < 4; i++) {step} return a; }}")
    text += ["int main(void) {", "uint32_t sum = 1;", "for (int round = 0; round < 2; round++) {"]
    text += [f"sum = f{n}(sum);" for n in range(functions)]
    text += ["}", "return sum == 7; }", ""]
    generated = {"sized.c": "\n".join(text)}
    return build_bare([PROGRAMS / "memory.c"], "m4f", "-O1", generated=generated)


def median(action: Callable[[], float]) -> float:
    """Return the median of ROUNDS measurements."""
    return statistics.median(action() for _ in range(ROUNDS))


def a_switch(**defines: int) -> float:
    """Return the microseconds of one switch in ``programs/scaling.c``."""
    many, few = (ShimRun("scaling", clock=processor_time, YIELDS=yields, **defines) for yields in (2048, 512))
    return median(lambda: many() - few()) / (2048 - 512) * 1e6


def measured() -> list[Plot]:
    """Measure all curves."""
    return [
        Plot("Program size", "functions, each called twice", "ms a run", SIZES,
             [median(Ours(sized_program(n), processor_time)) * 1e3 for n in SIZES]),
        Plot("Threads", "threads that yield", "us a switch", THREADS, [a_switch(THREADS=n) for n in THREADS]),
        Plot("Memory maps of a bare kernel", "tasks with two regions each", "us a change", MAPS,
             [median(Ours(program("maps", TASKS=n, SWITCHES=50_000), processor_time)) * 20 for n in MAPS]),
        Plot("Shares", "shares of each thread", "us a switch", SHARES, [a_switch(SHARES=n) for n in SHARES]),
        Plot("Shares, each written to", "shares of each thread", "us a switch", SHARES,
             [a_switch(SHARES=n, TOUCH=1) for n in SHARES]),
    ]  # fmt: skip


def draw(plots: list[Plot]) -> str:
    """Return the plots as one SVG, two in a row."""
    rows = (len(plots) + 1) // 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{rows * HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{2 * WIDTH}" height="{rows * HEIGHT}" fill="white"/>',
    ]
    for index, plot in enumerate(plots):
        parts.append(f'<g transform="translate({index % 2 * WIDTH} {index // 2 * HEIGHT})">')
        parts += _panel(plot)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _panel(plot: Plot) -> list[str]:
    high = _round_up(max(plot.values))
    right, bottom = WIDTH - 16, HEIGHT - BOTTOM

    def x(place: float) -> float:
        return LEFT + (right - LEFT) * place / plot.places[-1]

    def y(value: float) -> float:
        return bottom - (bottom - TOP) * value / high

    parts = [
        f'<text x="{LEFT}" y="20" font-size="13" font-weight="bold">{plot.title}</text>',
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{plot.x_label}</text>',
        f'<text x="{right}" y="20" text-anchor="end">{plot.unit}</text>',
    ]
    for step in range(5):
        value = high * step / 4
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    shown = [place for place in plot.places if x(place) - x(0) > 24 or place == plot.places[0]]
    for place in shown if len(plot.places) < 9 else plot.places:
        parts.append(f'<text x="{x(place):.1f}" y="{bottom + 16}" text-anchor="middle">{place}</text>')
    points = [(x(place), y(value)) for place, value in zip(plot.places, plot.values, strict=True)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>')
    parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#1f5fa8"/>' for a, b in points]
    return parts


def _round_up(value: float) -> float:
    """Return the next number above ``value`` of 1, 2, 4, 5, 8 times a power of ten."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    return next(power * factor for factor in (1, 2, 4, 5, 8, 10) if power * factor >= value)


def main() -> int:
    """Measure, print the numbers, and write the plots."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.plots", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[2] / "docs" / "scaling.svg")
    options = parser.parse_args()
    plots = measured()
    for plot in plots:
        pairs = zip(plot.places, plot.values, strict=True)
        print(f"{plot.title} ({plot.unit}): " + ", ".join(f"{place}: {value:.1f}" for place, value in pairs))
    options.output.write_text(draw(plots))
    return 0


if __name__ == "__main__":
    sys.exit(main())
