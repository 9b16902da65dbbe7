"""Live pages in many tabs and in hidden tabs, and how much a first visit loads."""

import time
from itertools import count

from playwright.sync_api import Page, Request, expect

from tests.browser.browsing import Browsing
from tests.browser.conftest import Left
from tests.browser.product import PATIENCE_SECONDS, Product

SIGN_IN_LIMIT = 150_000
LIMIT = 210_000
GRAPH_LIMIT = 320_000
BUILDER_LIMIT = 362_000
SHOW = """(state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""


def test_more_tabs_than_a_browser_has_connections_all_stay_live(browsing: Browsing, product: Product, left: Left) -> None:
    """Over HTTP/1.1 a browser has six connections to a server; a page that finds none free would wait for ever."""
    workflow = product.get(f"/executions/{left.waiting}")["workflow_id"]
    execution = product.run(workflow, {}, subject="Shag", until="waiting")
    context = browsing.context()
    tabs = [browsing.open_in(context, f"/executions/{execution}").page for _ in range(8)]
    for tab in tabs:
        expect(tab.get_by_role("button", name="Let it rest Waiting")).to_be_visible()
    product.post(f"/executions/{execution}/cancel", {"reason": "seen by all"})
    for tab in tabs:
        expect(tab.get_by_role("button", name="Let it rest Cancelled")).to_be_visible()


def test_a_hidden_tab_closes_its_stream_and_catches_up_when_it_is_visible_again(browsing: Browsing, product: Product, left: Left) -> None:
    """The clock of the page is the test's: ten minutes pass at once."""
    workflow = product.get(f"/executions/{left.waiting}")["workflow_id"]
    execution = product.run(workflow, {}, subject="Skua", until="waiting")
    context = browsing.context()
    context.clock.install()
    page = browsing.open_in(context, f"/executions/{execution}").page
    expect(page.get_by_text("Live")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: request.url.find("/events?") > 0):
        page.evaluate(SHOW, "hidden")
        page.clock.run_for("01:00")
    asked = _requests(page)
    product.post(f"/executions/{execution}/cancel", {"reason": "while nobody looked"})
    page.clock.run_for("10:00")
    assert not asked, f"a hidden page asked: {asked}"
    page.evaluate(SHOW, "visible")
    expect(page.get_by_role("button", name="Let it rest Cancelled")).to_be_visible()


def test_changes_are_shown_while_the_graph_is_being_moved(browsing: Browsing, product: Product, left: Left) -> None:
    """A change may wait a little for others, but not until the movement ends."""
    workflow = product.get(f"/executions/{left.waiting}")["workflow_id"]
    execution = product.run(workflow, {}, subject="Auk", until="waiting")
    page = browsing.visit(f"/executions/{execution}").page
    expect(page.get_by_role("button", name="Let it rest Waiting")).to_be_visible()
    pane = page.locator(".react-flow__pane").bounding_box()
    assert pane is not None
    page.mouse.move(pane["x"] + 20, pane["y"] + 20)
    page.mouse.down()
    product.post(f"/executions/{execution}/cancel", {"reason": "while it was moved"})
    changed = page.locator("html[data-moving]").get_by_role("button", name="Let it rest Cancelled")
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for step in count():
        if changed.is_visible():
            break
        assert time.monotonic() < give_up_at, "the change is not shown while the graph is moved"
        page.mouse.move(pane["x"] + 30 + step % 2, pane["y"] + 20)
    page.mouse.up()
    expect(page.locator("html[data-moving]")).to_have_count(0)
    page.get_by_role("button", name="Let it rest Cancelled").click()
    expect(page.get_by_role("heading", name="Let it rest")).to_be_visible()


def _requests(page: Page) -> list[str]:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    return asked


def test_the_first_visit_loads_no_more_than_each_page_may(browsing: Browsing, product: Product, left: Left) -> None:
    """As the server sends it, compressed by gzip: everything until the page is complete, with its data and its font."""
    workflow = product.get(f"/executions/{left.failed}")["workflow_id"]
    pages = [
        (None, "/sign-in", "Sign in", None, SIGN_IN_LIMIT),
        ("admin", "/", "Overview", None, LIMIT),
        ("admin", "/executions", "Executions", None, LIMIT),
        ("admin", f"/executions/{left.failed}", "Weighing report", "average Failed", GRAPH_LIMIT),
        ("admin", f"/workflows/{workflow}", "Weighing report", "Zoom in", BUILDER_LIMIT),
    ]
    for role, path, shown, drawn, limit in pages:
        context = browsing.context(role=role, extra_http_headers={"Accept-Encoding": "gzip"})
        visit = browsing.open_in(context, "about:blank")
        session = context.new_cdp_session(visit.page)
        session.send("Network.enable")
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        visit.page.goto(path)
        expect(visit.page.get_by_role("heading", name=shown)).to_be_visible()
        if drawn is not None:
            expect(visit.page.get_by_role("button", name=drawn)).to_be_visible()
        visit.page.evaluate("() => document.fonts.ready.then(() => null)")
        assert 80_000 < sum(sizes) < limit, f"{path} loads {sum(sizes):,.0f} bytes"
