"""Frames that a page in Chromium draws while a graph in it is panned and zoomed with the mouse."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from shutil import which

from playwright.async_api import Page, ViewportSize, async_playwright

from benchmarks.measuring.quantiles import quantile

SCREEN = ViewportSize(width=1440, height=900)
LONG_MS = 50.0
TOLD_SECONDS = 1 / 125
"""As often as an ordinary mouse tells where it is. Chromium takes what tests send one by one, and does not gather it for a frame."""
_RECORD = """() => { const times = []; let going = true;
    const tick = (at) => { times.push(at); if (going) requestAnimationFrame(tick); };
    requestAnimationFrame(tick); globalThis.endFrames = () => { going = false; return times; }; }"""

Gesture = Callable[[Page, float, float, float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """How many milliseconds each frame took."""

    took_ms: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Frames in all by the time that they took: what stutters counts as long as it lasts."""
        return len(self.took_ms) / sum(self.took_ms) * 1000

    @property
    def median(self) -> float:
        return 1000 / quantile(self.took_ms, 0.5)

    @property
    def slow(self) -> float:
        """One frame in twenty comes no faster than at this rate (p5)."""
        return 1000 / quantile(self.took_ms, 0.95)

    @property
    def long(self) -> int:
        return sum(took > LONG_MS for took in self.took_ms)


@asynccontextmanager
async def chromium_page(url: str) -> AsyncIterator[Page]:
    """A page of a headless Chromium; without a GPU it draws with the processor."""
    path = which("chromium") or which("chromium-browser")
    if path is None:
        raise RuntimeError("there is no Chromium: tools/programs.sh installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = await browser.new_page(base_url=url, viewport=SCREEN)
        page.set_default_timeout(60_000)
        yield page
        await browser.close()


async def record(page: Page, gesture: Gesture, seconds: float) -> Frames:
    """The frames during a gesture in the middle of the graph."""
    box = await page.locator(".react-flow__pane").bounding_box()
    assert box is not None
    await page.evaluate(_RECORD)
    await gesture(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, seconds)
    times = await page.evaluate("() => globalThis.endFrames()")
    return Frames(took_ms=tuple(after - before for before, after in pairwise(times) if after > before))


async def pan(page: Page, x: float, y: float, seconds: float) -> None:
    """Draws the graph about in eights and back to where it was, with the middle button: that takes hold of no node."""
    await page.mouse.move(x, y)
    await page.mouse.down(button="middle")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        await page.mouse.move(x + 180 * math.sin(passed * 3), y + 120 * math.sin(passed * 6))
        await asyncio.sleep(TOLD_SECONDS - (time.monotonic() - began - passed))
    await page.mouse.move(x, y)
    await page.mouse.up(button="middle")


async def zoom(page: Page, x: float, y: float, seconds: float) -> None:
    """In and out again, with the wheel."""
    await page.mouse.move(x, y)
    await page.keyboard.down("Control")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        await page.mouse.wheel(0, -40 if passed % 2 < 1 else 40)
        await asyncio.sleep(TOLD_SECONDS - (time.monotonic() - began - passed))
    await page.keyboard.up("Control")
