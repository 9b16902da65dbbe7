"""Opens pages in a real Chromium: on a desktop or a phone, light or dark. No error in a page goes unnoticed."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from shutil import which
from typing import Any, Final, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, ViewportSize, expect

from tests.browser.product import PATIENCE_SECONDS, Product
from tests.cli.command import ROOT

Size = Literal["desktop", "phone"]
Scheme = Literal["light", "dark"]

DESKTOP: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=390, height=844)
AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_RUN_AXE: Final = """async (runOnly) => (await axe.run(document, { runOnly, resultTypes: ["violations"] })).violations
    .map((each) => `${each.id}: ${each.help}\\n` + each.nodes.map((node) => `    ${node.target.join(" ")}: ${node.failureSummary}`).join("\\n"))"""

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def chromium() -> str:
    """Returns the path of Chromium, which `tools/programs.sh` installs."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := which(name):
            return found
    raise AssertionError("there is no Chromium: tools/programs.sh installs it")


@dataclass(kw_only=True)
class Visit:
    """One page, with the errors that occurred in it."""

    page: Page
    context: BrowserContext
    expected: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def expect_trouble(self, *patterns: str) -> None:
        """Names errors that the test itself causes: a refusal, a server that is down."""
        self.expected.extend(patterns)

    def check(self) -> None:
        """Fails if there was an error that nobody expected."""
        found = [trouble for trouble in self.troubles if not any(re.search(pattern, trouble) for pattern in self.expected)]
        assert not found, "the page had errors:\n" + "\n".join(found)

    def listen(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error.stack or error.message}"))
        self.page.on("requestfailed", self._on_failure)
        self.page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # The response of a refusal says more than its line in the console.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.troubles.append(f"console: {message.text}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page itself no longer wants it
            self.troubles.append(f"request: {request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        is_question_who = response.status == 401 and response.request.method == "GET" and response.url.endswith("/api/v1/session")
        has_no_draft = response.status == 404 and response.request.method == "GET" and "/api/v1/drafts/" in response.url  # the builder asks whether
        if response.status >= 400 and not is_question_who and not has_no_draft:
            self.troubles.append(f"response: {response.request.method} {response.url}: {response.status}")


class Browsing:
    """Opens pages of the product; all are checked and closed after the test."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self._browser = browser
        self._product = product
        self.visits: list[Visit] = []

    def visit(self, path: str = "/", *, role: str | None = "admin", size: Size = "desktop", scheme: Scheme = "light", **more: Any) -> Visit:
        """Opens a page in a browser context of its own, signed in as a user with this role (None: not signed in)."""
        context = self.context(role=role, size=size, scheme=scheme, **more)
        return self.open_in(context, path)

    def context(self, *, role: str | None = "admin", size: Size = "desktop", scheme: Scheme = "light", **more: Any) -> BrowserContext:
        phone = {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
        shape = phone if size == "phone" else {"viewport": DESKTOP}
        context = self._browser.new_context(
            base_url=self._product.url, color_scheme=scheme, locale="en-GB", reduced_motion="reduce", **{**shape, **more}
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        if role is not None:
            context.add_cookies([{"name": "interlock_session", "value": self._product.cookie(role), "url": self._product.url, "httpOnly": True}])
        return context

    def open_in(self, context: BrowserContext, path: str) -> Visit:
        """Opens another tab."""
        visit = Visit(page=context.new_page(), context=context)
        visit.listen()
        self.visits.append(visit)
        visit.page.goto(path)
        return visit

    def close(self) -> None:
        for context in {id(visit.context): visit.context for visit in self.visits}.values():
            context.close()
        self.visits.clear()

    def check(self) -> None:
        for visit in self.visits:
            visit.check()


@contextmanager
def browsing_in(chrome: Browser, product: Product) -> Iterator[Browsing]:
    """Opens pages of a product. An error in one of them, uncaught or in its console, fails the test."""
    opened = Browsing(chrome, product)
    try:
        yield opened
        opened.check()
    finally:
        opened.close()


def axe(page: Page, rules: Sequence[str] = ()) -> None:
    """Checks the page as it is now by the rules of WCAG 2.2 AA that a machine can check, or by the given rules."""
    settle(page)
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(_RUN_AXE, {"type": "rule", "values": rules} if rules else {"type": "tag", "values": AXE_TAGS})
    assert not found, f"{page.url}:\n" + "\n".join(found)


def settle(page: Page) -> None:
    """Waits until all animations have ended, except those that never end."""
    page.evaluate("""async () => {
        const frame = () => new Promise((next) => requestAnimationFrame(next));
        await frame();
        await frame();
        const moving = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
        await Promise.all(moving.map((each) => each.finished.catch(() => null)));
    }""")


def at_rest(page: Page) -> None:
    """Waits until a graph shows its first view and has not moved for ten frames."""
    page.evaluate("""() => new Promise((done) => {
        let [before, frames] = ["", 0];
        const look = () => {
            const now = [...document.querySelectorAll(".react-flow__viewport, .react-flow__node")].map((each) => each.style.transform).join();
            const isOpened = !now.startsWith("translate(0px, 0px) scale(1)");
            [before, frames] = [now, isOpened && now === before ? frames + 1 : 0];
            if (frames === 10) done(); else requestAnimationFrame(look);
        };
        look();
    })""")


def no_sideways_scroll(page: Page) -> None:
    """Fails if the page is wider than its window."""
    page_width, window_width = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert page_width <= window_width, f"{page.url} is {page_width} px wide in {window_width} px"
