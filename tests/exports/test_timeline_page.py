"""The HTML page in a real browser: what it shows, keys, pointer, light and dark, and that it asks for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from support.tools import require_tool

from emulator.cli.main import main
from emulator.exports.timeline import timeline_of
from emulator.exports.timeline_page import timeline_page
from emulator.trace.trace_file import parse_trace
from v7m import Machine

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = require_tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Traces and pages of two programs, one of which faults."""
    place = tmp_path_factory.mktemp("pages")
    for name in ("share_revoked", "bare_switch"):
        with Machine(PREBUILT / f"{name}.elf") as machine:
            (place / f"{name}.jsonl").write_text(machine.run(trace=True).trace_text)
        main(["export", str(place / f"{name}.jsonl"), "--format", "html", "-o", str(place / f"{name}.html")])
    return place


class Watched:
    """A page, and everything that it complained of or asked for."""

    def __init__(self, browser: Browser, file: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.slider = self.page.get_by_role("slider", name="Virtual time")

    def close(self) -> None:
        """Close the page, which must have been quiet, and have asked for itself only."""
        urls = {url for url in self.asked if not url.startswith("file:")}
        assert (self.said, urls, len(self.asked)) == ([], set(), 1)
        self.context.close()

    def time(self) -> int:
        return int(self.slider.get_attribute("aria-valuenow") or "-1")

    def rows(self, table: str) -> list[list[str]]:
        rows: list[list[str]] = self.page.eval_on_selector_all(
            f"#{table} tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )
        return rows


def lines_of(folder: Path, name: str, kind: str) -> list[dict[str, Any]]:
    lines = map(json.loads, (folder / f"{name}.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == kind]


def test_it_opens_at_the_fault_and_says_all_about_it(browser: Browser, folder: Path) -> None:
    shown = Watched(browser, folder / "share_revoked.html")
    (fault,) = lines_of(folder, "share_revoked", "fault")
    (stop,) = lines_of(folder, "share_revoked", "stop")
    assert shown.page.title() == "share_revoked.elf - v7m timeline"
    assert shown.page.get_by_role("heading", level=1).text_content() == "share_revoked.elf on mps2-an386"
    assert shown.page.locator("#headline").text_content() == stop["headline"]
    assert shown.time() == fault["t"]
    states = dict(shown.rows("threads")[1:])
    assert states["0x02"] == "executes" and states["Init"] == "waits for the end of thread 0x02"
    events = shown.rows("events")
    assert any(row[1] == "0x02" and row[2].startswith("DACCVIOL: write of stack of 0x01") for row in events)
    assert shown.rows("rights") == [
        ["", "stack of Init", "stack of 0x01", "stack of 0x02"],
        ["Init", "rw", "--", "--"], ["0x01", "--", "rw", "--"], ["0x02", "--", "--", "rw"],
    ]  # fmt: skip
    assert shown.page.locator("#faults button").count() == 1
    shown.close()


def test_keys_move_the_cursor_and_the_tables_follow(browser: Browser, folder: Path) -> None:
    shown = Watched(browser, folder / "share_revoked.html")
    (share,) = lines_of(folder, "share_revoked", "share")
    (fault,) = lines_of(folder, "share_revoked", "fault")
    (stop,) = lines_of(folder, "share_revoked", "stop")
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.activeElement.id") == "track"
    press = shown.page.keyboard.press
    press("Home")
    assert shown.time() == 0 and len(shown.rows("rights")) == 1
    press("f")
    assert shown.time() == fault["t"]
    press("End")
    assert shown.time() == stop["t"]
    press("ArrowLeft")
    before = shown.time()
    press("ArrowRight")
    assert before < shown.time() == stop["t"]
    press("Home")
    for _ in range(400):
        if shown.time() >= share["t"]:
            break
        press("ArrowRight")
    assert shown.time() == share["t"]
    assert shown.rows("rights")[3] == ["0x02", "--", "rw", "rw"]
    assert share["via"] in (shown.page.locator("#shares").text_content() or "")
    press("PageDown")
    twenty = shown.time()
    press("PageUp")
    assert shown.time() == share["t"] < twenty
    status = shown.page.locator("#now")
    assert f"time {share['t']:,}" in (status.text_content() or "")
    shown.close()


def test_the_pointer_and_the_buttons_do_it_too(browser: Browser, folder: Path) -> None:
    shown = Watched(browser, folder / "share_revoked.html")
    end = int(shown.slider.get_attribute("aria-valuemax") or 0)
    box = shown.slider.bounding_box()
    assert box is not None
    shown.page.mouse.click(box["x"] + box["width"] / 4, box["y"] + 40)
    assert abs(shown.time() - end / 4) < end / 100
    time = shown.time()
    for _ in range(8):
        shown.page.get_by_role("button", name="zoom in").click()
    assert shown.time() == time
    shown.page.mouse.click(box["x"] + box["width"] / 2 + 30, box["y"] + 40)
    assert 0 < abs(shown.time() - time) < end / 100
    shown.page.mouse.wheel(0, 300)
    shown.page.get_by_role("button", name="all", exact=True).click()
    shown.page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 40)
    assert abs(shown.time() - end * 0.75) < end / 100
    shown.page.locator("#faults button").click()
    assert shown.time() == lines_of(folder, "share_revoked", "fault")[0]["t"]
    shown.page.get_by_role("button", name="event →").click()
    shown.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_and_readable_in_light_and_dark(scheme: Any, browser: Browser, folder: Path) -> None:
    shown = Watched(browser, folder / "share_revoked.html", color_scheme=scheme)
    colours = shown.page.evaluate(
        """() => {
        const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
        const pixels = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        return new Set(pixels).size;
    }"""
    )
    assert colours > 20
    ratio = """() => {
        const light = text => {
            const c = text.match(/[\\d.]+/g).slice(0, 3).map(n => n / 255)
                .map(n => n <= .03928 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4);
            return .2126 * c[0] + .7152 * c[1] + .0722 * c[2];
        };
        const back = light(getComputedStyle(document.body).backgroundColor);
        return [...document.querySelectorAll("h1, p, td, th, button")].map(e => light(getComputedStyle(e).color))
            .map(text => (Math.max(text, back) + .05) / (Math.min(text, back) + .05));
    }"""
    assert min(shown.page.evaluate(ratio)) >= 4.5  # WCAG AA
    back = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    shown.close()


def test_a_program_without_a_kernel_has_a_page_too(browser: Browser, folder: Path) -> None:
    shown = Watched(browser, folder / "bare_switch.html")
    assert shown.rows("threads") == [["thread", "state"], ["program", "executes"]]
    assert not shown.page.locator("#rights-section").is_visible()
    faults = len(lines_of(folder, "bare_switch", "fault"))
    assert shown.page.locator("#faults button").count() == faults > 0
    shown.close()


EVIL = '</script><img src=x onerror="document.title=1"><script>alert(1)</script>&amp;\u2028${x}`'


def test_what_a_program_says_stays_text(browser: Browser, folder: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (folder / "share_revoked.jsonl").read_text().splitlines()]
    lines[0]["program"] = EVIL
    lines[-1]["headline"] = EVIL
    for line in lines:
        if line["kind"] == "name":
            line["name"] = EVIL
        if line["kind"] in ("share", "unshare"):
            line["via"] = line["line"] = EVIL
        if line["kind"] == "block":
            line["reason"] = EVIL
        if line["kind"] == "console":
            line["data"] = EVIL
    trace = parse_trace("".join(json.dumps(line) + "\n" for line in lines).encode(), "evil")
    file = tmp_path / "evil.html"
    file.write_text(timeline_page(timeline_of(trace)), encoding="utf-8")
    shown = Watched(browser, file)
    assert shown.page.locator("h1").text_content() == f"{EVIL} on mps2-an386"
    assert shown.page.locator("img").count() == 0 and shown.page.locator("script").count() == 2
    shown.page.keyboard.press("Tab")
    for key in ("Home", "PageDown", "PageDown", "PageDown", "End"):
        shown.page.keyboard.press(key)
    assert any(EVIL in cell for row in shown.rows("threads") for cell in row)
    assert shown.page.title() == f"{EVIL} - v7m timeline".replace("\u2028", " ") or EVIL in shown.page.title()
    shown.close()
