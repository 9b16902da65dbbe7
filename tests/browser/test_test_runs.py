"""Testing one node, up to it, on from it, with pinned outputs and disabled nodes, in the builder."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, at_rest, axe
from tests.browser.product import Product
from tests.browser.test_builder import inspector, node, opened


def three(name: str) -> dict[str, Any]:
    """Each node says what it was given."""

    def keep(node_id: str, **values: Any) -> dict[str, Any]:
        return {"id": node_id, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": values}}

    return {
        "name": name,
        "nodes": [
            {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
            keep("first", number=1),
            keep("second", number="{{ input.number + 1 }}"),
            keep("third", number="{{ input.number + 1 }}"),
        ],
        "connections": [{"from": "start", "to": "first"}, {"from": "first", "to": "second"}, {"from": "second", "to": "third"}],
    }


def open_three(browsing: Browsing, product: Product, name: str) -> Page:
    page = browsing.visit(f"/workflows/{product.deploy(three(name))}").page
    opened(page)
    return page


def agree(page: Page) -> None:
    """Reads, once, that test runs have real effects."""
    dialog = page.get_by_role("dialog", name="Test runs have real effects")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Run", exact=True).click()


def bar(page: Page) -> Any:
    return page.get_by_role("region", name="Test run")


def ended(page: Page) -> None:
    expect(bar(page)).to_contain_text("Completed", timeout=15_000)


def test_a_node_runs_alone_and_what_it_did_is_shown_at_it(browsing: Browsing, product: Product) -> None:
    page = open_three(browsing, product, "Tested alone")
    node(page, "first").click()
    inspector(page).get_by_role("button", name="Run this node").click()
    agree(page)
    ended(page)
    expect(bar(page)).to_contain_text("Test run of first")
    expect(node(page, "first")).to_contain_text("completed")
    expect(node(page, "second")).not_to_contain_text("completed")
    axe(page)
    page.reload()
    opened(page)
    node(page, "first").click()
    page.keyboard.press("r")
    ended(page)


def test_up_to_a_node_and_on_from_it_run_by_key_on_a_draft_that_is_not_saved(browsing: Browsing, product: Product) -> None:
    page = open_three(browsing, product, "Tested in parts")
    node(page, "second").click()
    page.keyboard.press("Shift+R")
    agree(page)
    ended(page)
    expect(node(page, "second")).to_contain_text("completed")
    expect(node(page, "third")).not_to_contain_text("completed")
    node(page, "third").click()
    page.keyboard.press("d")
    expect(node(page, "third")).to_contain_text("disabled")
    node(page, "second").click()
    page.keyboard.press("Alt+R")
    expect(bar(page)).to_contain_text("Test run from second on")
    ended(page)
    expect(node(page, "first")).to_contain_text("taken over")
    expect(node(page, "third")).to_contain_text("completed")
    expect(page.get_by_test_id("draft-state")).to_have_text("Saved as draft")
    bar(page).get_by_role("link", name="Open the execution").click()
    expect(page.get_by_text("Test run", exact=True)).to_be_visible()
    expect(page.locator(".react-flow__node", has_text="third")).to_contain_text("Disabled")


def test_a_pinned_output_takes_the_place_of_a_node(browsing: Browsing, product: Product) -> None:
    page = open_three(browsing, product, "Tested with a pin")
    node(page, "first").click()
    page.keyboard.press("Shift+P")
    dialog = page.get_by_role("dialog", name="Pinned output of first")
    dialog.get_by_label("Output").fill('{"number": 41')
    dialog.get_by_role("button", name="Pin", exact=True).click()
    expect(dialog).to_contain_text("Line 1")
    dialog.get_by_label("Output").fill('{"number": 41}')
    dialog.get_by_role("button", name="Pin", exact=True).click()
    expect(node(page, "first").get_by_label("pinned")).to_be_visible()
    node(page, "third").click()
    page.keyboard.press("Shift+R")
    agree(page)
    ended(page)
    expect(node(page, "first")).to_contain_text("completed")
    href = bar(page).get_by_role("link", name="Open the execution").get_attribute("href")
    assert href is not None
    execution = product.get(f"/executions/{href.rsplit('/', 1)[1]}")
    assert (execution["is_test"], execution["output"]) == (True, {"number": 43})
    at_rest(page)
    node(page, "second").click()
    page.keyboard.press("p")
    expect(node(page, "second").get_by_label("pinned")).to_be_visible()
    page.keyboard.press("p")
    expect(node(page, "second").get_by_label("pinned")).to_have_count(0)


def test_a_node_is_disabled_and_enabled_by_a_switch(browsing: Browsing, product: Product) -> None:
    page = open_three(browsing, product, "Disabled")
    node(page, "second").click()
    inspector(page).get_by_role("tab", name="Settings").click()
    inspector(page).get_by_label("disabled").check()
    expect(node(page, "second")).to_contain_text("disabled")
    inspector(page).get_by_role("button", name="Test this node").click()
    page.get_by_role("menuitem", name="Disable or enable").click()
    expect(node(page, "second")).not_to_contain_text("disabled")


def test_test_runs_are_not_in_the_list_until_they_are_asked_for(browsing: Browsing, product: Product) -> None:
    page = open_three(browsing, product, "Tested and not listed")
    node(page, "first").click()
    page.keyboard.press("r")
    agree(page)
    ended(page)
    page.goto(f"{product.url}/executions?workflow=Tested+and+not+listed")
    expect(page.get_by_text("Tested and not listed").first).to_be_attached()
    expect(page.locator("[data-row]")).to_have_count(0)
    page.get_by_label("Test runs").select_option("only")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("test run")
