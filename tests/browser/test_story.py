"""The story: sign in, read why an execution failed, fix its workflow, retry it. Through the page alone, on a desktop and on a phone."""

import pytest
import yaml
from playwright.sync_api import Page, Route, expect

from tests.browser.browsing import Browsing, Size, no_sideways_scroll
from tests.browser.conftest import Left
from tests.browser.product import DEMO, MASSES, PASSWORD, Product
from tests.browser.workflows import NAP


def go_to(page: Page, place: str, size: Size) -> None:
    page.get_by_role("navigation", name="Main, on a phone" if size == "phone" else "Main", exact=True).get_by_role("link", name=place).click()


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page, size: Size) -> None:
    if size == "phone":
        go_to(page, "Settings", size)
        page.get_by_role("button", name="Sign out").click()
    else:
        page.get_by_role("navigation", name="Main", exact=True).get_by_role("button").last.click()
        page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_failed_execution_is_read_fixed_and_retried(browsing: Browsing, product: Product, size: Size) -> None:
    definition = yaml.safe_load((DEMO / "weighing_report.yaml").read_text())
    workflow = product.deploy({**definition, "name": f"Weighing report for a {size}"})
    failed = product.run(workflow, {"masses": [mass or 3000 for mass in MASSES]}, subject=f"Dream {size}", until="failed")
    email, once = (product.admin_email, product.one_time_password) if size == "desktop" else product.person("admin")
    page = browsing.visit("/", role=None, size=size).page

    sign_in(page, email, once)
    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
    page.get_by_role("textbox", name="New password").fill(PASSWORD)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("region", name="Throughput")).to_be_visible()

    go_to(page, "Executions", size)
    page.get_by_role("textbox", name="Subject").fill(f"Dream {size}")
    page.get_by_role("button", name="Failed").click()
    page.get_by_role("list", name="Executions").get_by_role("link", name=f"Weighing report for a {size}").click()
    expect(page).to_have_url(f"{product.url}/executions/{failed}")
    why = page.get_by_role("region", name="Failed at average")
    expect(why).to_contain_text("The expression divides by zero.")
    expect(why).to_contain_text("round(total / unweighed)")
    expect(page.get_by_role("button", name="average Failed")).to_be_visible()
    no_sideways_scroll(page)

    other = browsing.visit(f"/executions?subject=Dream+{size}").page
    completed = other.get_by_role("group", name="Statuses").get_by_role("button", name="Completed")
    expect(completed).to_contain_text("0")

    why.get_by_role("link", name="Fix in the builder").click()
    if size == "phone":
        page.get_by_role("button", name="Edit node").click()
    page.get_by_role("textbox", name="grams", exact=True).fill("{{ round(total / weighed) }}")
    if size == "phone":
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("version 2", exact=True)).to_be_visible()

    page.goto(f"/executions/{failed}")
    page.get_by_role("button", name="Retry", exact=True).click()
    dialog = page.get_by_role("dialog", name="Retry")
    expect(dialog.get_by_role("combobox", name="Version")).to_have_value("newest")
    dialog.get_by_role("button", name="Retry").click()
    expect(page).not_to_have_url(f"{product.url}/executions/{failed}")
    expect(page.get_by_role("button", name="average Completed")).to_be_visible()
    expect(page.get_by_role("button", name="sentence Completed")).to_be_visible()
    expect(page.get_by_role("complementary")).to_contain_text("g each")

    expect(completed).to_contain_text("1")
    expect(other.get_by_role("list", name="Executions").get_by_role("link")).to_have_count(2)
    sign_out(page, size)


def test_a_change_is_shown_live_in_every_browser(browsing: Browsing, product: Product, left: Left) -> None:
    execution = product.run(product.get(f"/executions/{left.waiting}")["workflow_id"], {"days": 1}, subject="Petermann", until="waiting")
    ours = browsing.visit(f"/executions/{execution}").page
    theirs = browsing.visit(f"/executions/{execution}", size="phone").page
    listed = browsing.visit("/executions?subject=Petermann").page
    expect(ours.get_by_role("region", name="Why is it not moving?")).to_contain_text("It waits until")
    for page in (ours, theirs):
        expect(page.get_by_text("Live")).to_be_visible()
        expect(page.get_by_role("button", name="Let it rest Waiting")).to_be_visible()

    ours.get_by_role("button", name="Suspend").click()
    expect(theirs.get_by_text("Waiting · suspended")).to_be_visible()
    expect(ours.get_by_role("region", name="Why is it not moving?")).to_contain_text("suspended by")
    theirs.get_by_role("button", name="Continue").click()
    expect(ours.get_by_role("button", name="Suspend")).to_be_visible()

    ours.get_by_role("button", name="Cancel", exact=True).click()
    dialog = ours.get_by_role("dialog", name="Cancel this execution?")
    dialog.get_by_role("textbox", name="Reason").fill("the season is over")
    dialog.get_by_role("button", name="Cancel execution").click()
    for page in (ours, theirs):
        expect(page.get_by_role("button", name="Let it rest Cancelled")).to_be_visible()
        expect(page.get_by_text("Live")).to_be_hidden()
    expect(listed.get_by_role("group", name="Statuses").get_by_role("button", name="Cancelled")).to_contain_text("1")
    expect(listed.get_by_role("list", name="Executions").get_by_role("link")).to_contain_text("Cancelled")
    ours.get_by_role("tab", name="History").click()
    expect(ours.get_by_role("list", name="Audit trail")).to_contain_text("the season is over")


def test_an_execution_is_shown_as_it_moves(browsing: Browsing, product: Product) -> None:
    execution = product.run(product.deploy(NAP), until="waiting")
    product.post(f"/executions/{execution}/suspend", {})
    page = browsing.visit(f"/executions/{execution}").page
    expect(page.get_by_role("button", name="awake Not reached")).to_be_visible()
    product.end_waits(execution)
    expect(page.get_by_role("button", name="awake Pending, suspended")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="nap Completed")).to_be_visible()
    expect(page.get_by_role("button", name="awake Completed")).to_be_visible()
    expect(page.get_by_role("region", name="Output")).to_contain_text("rested")
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_visible()


def test_the_page_says_that_the_api_is_down_and_catches_up(browsing: Browsing, product: Product, left: Left) -> None:
    workflow = product.get(f"/executions/{left.waiting}")["workflow_id"]
    execution = product.run(workflow, {}, subject="Cormorant", until="waiting")
    watching = browsing.visit(f"/executions/{execution}")
    listing = browsing.visit("/executions?subject=Cormorant")
    expect(watching.page.get_by_text("Live")).to_be_visible()
    for visit in (watching, listing):
        visit.expect_trouble("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", ": 503$")

    product.kill_api()
    try:
        expect(watching.page.get_by_text("Connection lost, reconnecting")).to_be_visible()
        expect(listing.page.get_by_text("No connection: trying again")).to_be_visible()
    finally:
        product.bring_api_back()
    product.post(f"/executions/{execution}/cancel", {"reason": "the API was down"})
    expect(watching.page.get_by_role("button", name="Let it rest Cancelled")).to_be_visible()
    expect(listing.page.get_by_role("list", name="Executions").get_by_role("link")).to_contain_text("Cancelled")
    expect(listing.page.get_by_text("No connection: trying again")).to_be_hidden()


def test_a_list_that_is_loaded_once_is_loaded_again_after_the_api_was_down(browsing: Browsing, left: Left) -> None:
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        refused.append(route)
        route.abort("connectionrefused")

    context = browsing.context()
    context.route("**/api/v1/workflows?*", refuse)
    listing = browsing.open_in(context, "/executions")
    listing.expect_trouble("ERR_CONNECTION_REFUSED")
    names = listing.page.get_by_role("combobox", name="Workflow").get_by_role("option")
    expect(listing.page.get_by_text("No connection: trying again")).to_be_visible()
    if len(refused) < 3:  # a read is tried three times in a row
        listing.page.wait_for_event("requestfailed", lambda _: len(refused) >= 3)
    expect(names).to_have_count(1)
    context.unroute("**/api/v1/workflows?*")
    expect(names).not_to_have_count(1)
    expect(listing.page.get_by_text("No connection: trying again")).to_be_hidden()
