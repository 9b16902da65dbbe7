"""First load: what a browser that was never here before loads until a page stands, as the server sends it (gzip), and how long that takes."""

import os
from contextlib import suppress
from dataclasses import dataclass
from shutil import which
from uuid import UUID

import httpx
from playwright.async_api import Browser, Error, async_playwright

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target
from benchmarks.measuring.report import table
from benchmarks.workload.api_process import EMAIL, PASSWORD, ApiProcess, api_process
from benchmarks.workload.definitions import chain
from benchmarks.workload.product import installed
from interlock.api.rest.pages import FOLDER, INDEX

TARGET_KB = 200
SIGN_IN_KB = 150
WITH_GRAPH_KB = 300
BUILDER_KB = 300
GZIP = {"Accept-Encoding": "gzip"}
"""What everybody's browser takes; over HTTPS and from this machine they take Brotli, which is a tenth less."""
NODES = 30
BUILDER = "the builder"
COOKIE = "interlock_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`stands_ms`: from the first request until the page's heading is there."""

    page: str
    draws_graph: bool
    bytes: float
    requests: int
    stands_ms: float


async def run(bench: Bench) -> Outcome:
    chromium = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := which(name))), None)
    if chromium is None or not (FOLDER / INDEX).is_file():
        return _outcome([], ("left out: tools/programs.sh brings the browser, and `make web` builds the pages",))
    definition = chain(NODES)
    async with installed(bench.server, "first_load", definition) as product, api_process(product) as api, async_playwright() as playwright:
        (execution,) = await product.start(definition["name"], [{"input": {}}])
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        session = await sign_in(api)
        async with httpx.AsyncClient(base_url=api.url, cookies={COOKIE: session}) as client:
            workflow = (await client.get(f"/api/v1/executions/{execution}")).json()["workflow_id"]
        loads = [await load(browser, api, name, path, cookie) for name, path, cookie in _pages(execution, workflow, session)]
        await browser.close()
    return _outcome(loads, ())


def _pages(execution: UUID | str, workflow: str, session: str) -> list[tuple[str, str, str | None]]:
    return [
        ("sign-in", "/sign-in", None),
        ("overview", "/", session),
        ("executions", "/executions", session),
        (f"an execution as a graph of {NODES} nodes", f"/executions/{execution}", session),
        ("workflows", "/workflows", session),
        (f"{BUILDER} with a graph of {NODES} nodes", f"/workflows/{workflow}", session),
        ("users", "/settings/users", session),
    ]


async def sign_in(api: ApiProcess) -> str:
    """The cookie of a session."""
    async with httpx.AsyncClient(base_url=api.url) as client:
        answer = await client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
        answer.raise_for_status()
        return client.cookies[COOKIE]


async def load(browser: Browser, api: ApiProcess, name: str, path: str, cookie: str | None) -> Load:
    """With nothing cached. What comes in after the page stood, until its requests have been answered, counts too."""
    context = await browser.new_context(extra_http_headers=GZIP)
    if cookie is not None:
        await context.add_cookies([{"name": COOKIE, "value": cookie, "url": api.url}])
    page = await context.new_page()
    network = await context.new_cdp_session(page)
    await network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await page.goto(api.url + path, wait_until="commit")
    await page.get_by_role("heading", level=1).wait_for()
    stands: float = await page.evaluate("() => performance.now()")
    with suppress(Error):  # where an event stream is open
        await page.wait_for_load_state("networkidle", timeout=3_000)
    await context.close()
    return Load(page=name, draws_graph="graph" in name, bytes=sum(sizes), requests=len(sizes), stands_ms=stands)


def _outcome(loads: list[Load], notes: tuple[str, ...]) -> Outcome:
    rows = [(each.page, each.bytes / 1000, each.requests, each.stands_ms) for each in loads]
    return Outcome(
        name="first_load",
        figure=largest(loads, draws_graph=False),
        unit="KB over the wire, the largest page without a graph, with nothing cached",
        better=Better.LESS,
        target=TARGET_KB if loads else None,
        also=(
            Target(
                name="with what draws a graph",
                figure=largest([each for each in loads if not each.page.startswith(BUILDER)], draws_graph=True),
                unit="KB",
                better=Better.LESS,
                target=WITH_GRAPH_KB,
            ),
            Target(
                name=BUILDER,
                figure=largest([each for each in loads if each.page.startswith(BUILDER)], draws_graph=True),
                unit="KB",
                better=Better.LESS,
                target=BUILDER_KB,
            ),
            Target(name="sign-in", figure=largest(loads[:1], draws_graph=False), unit="KB", better=Better.LESS, target=SIGN_IN_KB),
        )
        if loads
        else (),
        details={each.page: {"bytes": each.bytes, "requests": each.requests, "stands_ms": each.stands_ms} for each in loads},
        tables=(table("First load", "page", "KB", "requests", "stands after, ms", rows=rows),),
        notes=notes,
    )


def largest(loads: list[Load], *, draws_graph: bool) -> float:
    """In kilobytes."""
    return max((each.bytes for each in loads if each.draws_graph == draws_graph), default=float("nan")) / 1000
