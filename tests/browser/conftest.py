"""Fixtures: the product, executions as the demo leaves them, and browsers.

They are closed with this folder: Playwright holds an event loop, which tests of other folders make for themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.browsing import Browsing, browsing_in, chromium
from tests.browser.product import DEMO, MASSES, Product, running_product
from tests.browser.workflows import INSTRUMENT, LAPS, REST
from tests.cli.command import ROOT
from tests.servers import TestServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The ids of executions, by their state."""

    failed: str
    completed: str
    loop: str
    instrument: str
    waiting: str


@pytest.fixture(scope="package")
def product(server: TestServer) -> Iterator[Product]:
    """`interlock up` on a database of its own, once for all tests of this folder."""
    with server.fresh_database(migrated=True) as url, running_product(url) as running:
        yield running


@pytest.fixture(scope="package")
def left(product: Product) -> Left:
    """Executions as the demo leaves them: completed ones, a waiting one, and a `Weighing report` that failed."""
    weighing = product.deploy(DEMO / "weighing_report.yaml")
    expense = product.deploy(ROOT / "examples" / "expense_report.yaml")
    items = [{"what": "train", "amount": 120.5}, {"what": "hotel", "amount": 310}]
    return Left(
        failed=product.run(weighing, {"masses": [mass or 3000 for mass in MASSES]}, subject="Dream", until="failed"),
        completed=product.run(expense, {"person": "Ada", "items": items}, subject="Ada", until="completed"),
        loop=product.run(product.deploy(LAPS), {}, until="completed"),
        instrument=product.run(product.deploy(INSTRUMENT), {}, subject="sample 7", until="completed"),
        waiting=product.run(product.deploy(REST), {"days": 3}, subject="Torgersen", until="waiting"),
    )


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def browsing(chrome: Browser, product: Product) -> Iterator[Browsing]:
    """Opens pages. An error in one of them, uncaught or in its console, fails the test."""
    with browsing_in(chrome, product) as opened:
        yield opened
