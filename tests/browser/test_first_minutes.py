"""The first five minutes: a stranger with an empty installation has a workflow running after three actions."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import Browsing, Size, axe, browsing_in, no_sideways_scroll
from tests.browser.product import Product, running_product
from tests.servers import TestServer


@pytest.fixture(scope="module")
def empty(server: TestServer) -> Iterator[Product]:
    """`interlock up` on an empty database."""
    with server.fresh_database(migrated=True) as url, running_product(url) as running:
        yield running


@pytest.fixture
def stranger(chrome: Browser, empty: Product) -> Iterator[Browsing]:
    with browsing_in(chrome, empty) as opened:
        yield opened


class Actions:
    """Counts what a person does."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.count = 0

    def click(self, role: Literal["button", "link"], name: str) -> None:
        self.count += 1
        self._page.get_by_role(role, name=name, exact=True).click()


def test_an_empty_installation_offers_three_starts_on_every_size_and_in_both_themes(stranger: Browsing) -> None:
    sizes: list[Size] = ["desktop", "phone"]
    for size in sizes:
        page = stranger.visit("/", size=size).page
        for path in ("/", "/workflows"):
            page.goto(path)
            starts = page.get_by_role("region", name="Begin your first workflow")
            expect(starts.get_by_role("heading", level=3)).to_have_text(["From an example", "On a blank canvas", "From a file"])
            both_themes(page)
        page.goto("/gallery")
        expect(page.get_by_role("list", name="Examples").locator("svg path").first).to_be_attached()
        expect(page.get_by_role("list", name="Examples").get_by_role("heading", level=3)).to_have_count(8)
        both_themes(page)


def both_themes(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    axe(page)
    no_sideways_scroll(page)
    page.emulate_media(color_scheme="dark")
    axe(page, ["color-contrast"])
    page.emulate_media(color_scheme="light")


def test_a_viewer_reads_what_workflows_are_for_and_is_offered_nothing_that_they_may_not_do(stranger: Browsing) -> None:
    page = stranger.visit("/workflows", role="viewer").page
    expect(page.get_by_role("heading", name="No workflows yet")).to_be_visible()
    expect(page.get_by_role("link", name="Draw one")).to_have_count(0)
    page.goto("/gallery")
    expect(page.get_by_role("button", name="Run Square root").first).to_have_attribute("aria-label", "Run Square root")
    expect(page.get_by_role("button", name="Run Square root")).to_have_attribute("aria-disabled", "true")


def test_the_first_workflow_of_a_stranger_runs_after_three_actions(stranger: Browsing, empty: Product) -> None:
    page = stranger.visit("/").page
    actions = Actions(page)
    actions.click("link", "See the examples")
    actions.click("button", "Run Expense report")
    expect(page.get_by_role("heading", name="Expense report")).to_be_visible()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    assert actions.count <= 3
    (workflow,) = empty.get("/workflows")["items"]
    assert workflow["last_execution_status"] == "completed"
    page.goto("/")
    expect(page.get_by_role("region", name="Throughput")).to_be_visible()
    expect(page.get_by_role("region", name="Begin your first workflow")).to_have_count(0)


def test_an_example_that_is_run_again_is_the_same_workflow_and_a_changed_one_is_left_alone(stranger: Browsing, empty: Product) -> None:
    def run_it() -> None:
        page.goto("/gallery")
        page.get_by_role("button", name="Run Square root").click()
        expect(page.get_by_role("heading", name="Square root")).to_be_visible()
        expect(page.get_by_text("Completed", exact=True)).to_be_visible()

    def versions() -> dict[str, int]:
        return {each["name"]: each["version"] for each in empty.get("/workflows")["items"] if each["name"].startswith("Square root")}

    visit = stranger.visit("/gallery")
    visit.expect_trouble(r"POST .*/api/v1/workflows: 409$")  # the name is taken
    page = visit.page
    run_it()
    run_it()
    assert versions() == {"Square root": 1}
    workflow = empty.get("/workflows/Square%20root")
    changed = empty.http.put(f"/workflows/{workflow['id']}", json={"definition": {**workflow["definition"], "description": "Mine."}})
    assert changed.is_success, changed.text
    run_it()
    assert versions() == {"Square root": 2, "Square root 2": 1}
    run_it()
    assert versions() == {"Square root": 2, "Square root 2": 1}


def test_an_example_opens_in_the_builder_with_its_comments(stranger: Browsing) -> None:
    page = stranger.visit("/workflows").page
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("menuitem", name="From an example").click()
    page.get_by_role("link", name="Open Support desk in the builder").click()
    expect(page.get_by_text("Which teams?").first).to_be_visible()


def test_empty_pages_say_what_they_are_for_and_do_the_first_step(stranger: Browsing) -> None:
    page = stranger.visit("/settings/api-keys", role="editor").page
    empty = page.get_by_role("heading", name="No API keys").locator("..")
    expect(empty).to_contain_text("Make one for the command line")
    empty.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog", name="Make an API key")
    expect(dialog.get_by_role("combobox", name="Role")).to_have_value("viewer")  # the least, until somebody chooses more
    page.goto("/settings/credentials")
    empty = page.get_by_role("heading", name="No credentials").locator("..")
    expect(empty).to_contain_text("the definition then holds no secret")
    empty.get_by_role("button", name="Add credential").click()
    expect(page.get_by_role("dialog", name="Add")).to_be_visible()


def test_the_documentation_is_in_the_product_with_a_search(stranger: Browsing) -> None:
    sizes: list[Size] = ["desktop", "phone"]
    for size in sizes:
        page = stranger.visit("/documentation", size=size).page
        expect(page.get_by_role("article").get_by_role("heading", level=2)).to_be_visible()
        expect(page.get_by_role("article").get_by_role("img").first).to_be_visible()
        both_themes(page)
        page.get_by_role("searchbox", name="Search the documentation").fill("http_request")
        page.get_by_role("list", name="Found").get_by_role("link", name="ACTION_NODE / HTTP_REQUEST").first.click()
        expect(page.get_by_role("heading", name="ACTION_NODE / HTTP_REQUEST")).to_be_in_viewport()
        both_themes(page)
    page = stranger.visit("/documentation/reference/expressions#of-len").page
    expect(page.get_by_role("row", name="len(x)")).to_be_in_viewport()
    page.get_by_role("searchbox", name="Search the documentation").fill("xyzzy")
    expect(page.get_by_text("No page has all these words.")).to_be_visible()


def test_a_question_mark_leads_from_a_node_to_its_place_in_the_documentation(stranger: Browsing) -> None:
    visit = stranger.visit("/workflows/new?template=service_check")
    visit.page.get_by_text("Wait a second").first.click()
    link = visit.page.get_by_role("link", name="Documentation of Wait")
    with visit.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", name="FLOW_NODE / WAIT")).to_be_in_viewport()
