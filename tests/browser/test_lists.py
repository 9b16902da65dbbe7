"""Lists by keyboard, the way back to them, and links to one execution."""

import re

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, axe
from tests.browser.conftest import Left
from tests.browser.product import Product


def test_keys_move_through_a_list(browsing: Browsing, left: Left) -> None:
    page = browsing.visit("/executions").page
    rows = page.get_by_role("list", name="Executions").get_by_role("link")
    expect(rows.nth(1)).to_be_visible()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    opened = rows.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{opened}")


def test_a_slash_leads_to_the_filter_where_letters_are_letters(browsing: Browsing, left: Left) -> None:
    page = browsing.visit("/executions").page
    expect(page.get_by_role("list", name="Executions")).to_be_visible()
    page.keyboard.press("/")
    subject = page.get_by_label("Subject")
    expect(subject).to_be_focused()
    page.keyboard.type("jk?/")
    expect(subject).to_have_value("jk?/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/workflows")
    expect(page.get_by_role("list", name="Workflows")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_single_keys_are_listed_and_can_be_switched_off(browsing: Browsing, left: Left) -> None:
    """For a user who speaks to the computer, every letter of a word would be a command."""
    page = browsing.visit("/executions").page
    first = page.get_by_role("list", name="Executions").get_by_role("link").first
    expect(first).to_be_visible()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Next and previous row of a list")
    axe(page)
    keys.get_by_label("Single letters are commands").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(first).not_to_be_focused()
    expect(keys).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Go to")).to_be_visible()


def test_an_execution_leads_back_to_the_list_as_it_was(browsing: Browsing, left: Left) -> None:
    page = browsing.visit("/executions?status=failed&subject=Dream").page
    page.get_by_role("list", name="Executions").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Weighing report")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Executions").click()
    expect(page.get_by_label("Subject")).to_have_value("Dream")
    assert "status=failed" in page.url


def test_the_title_of_a_tab_shows_the_status(browsing: Browsing, product: Product, left: Left) -> None:
    workflow = product.get(f"/executions/{left.waiting}")["workflow_id"]
    execution = product.run(workflow, {}, subject="Shag", until="waiting")
    page = browsing.visit(f"/executions/{execution}").page
    expect(page).to_have_title("◷ Shag · Rest of the colony · Interlock")
    product.post(f"/executions/{execution}/cancel", {"reason": "the boat did not sail"})
    expect(page).to_have_title("⊘ Shag · Rest of the colony · Interlock")
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("list", name="Audit trail")).to_contain_text("the boat did not sail")
    expect(page.get_by_role("list", name="Audit trail")).not_to_contain_text("{")


def test_an_execution_is_copied_as_its_id_and_as_a_command(browsing: Browsing, product: Product, left: Left) -> None:
    visit = browsing.visit(f"/executions/{left.failed}")
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert copied(visit.page, "Copy the id") == left.failed
    command = copied(visit.page, "Copy as curl")
    assert re.fullmatch(rf'curl -s -H "Authorization: Bearer \$INTERLOCK_API_KEY" {product.url}/api/v1/executions/{left.failed}', command)


def copied(page: Page, item: str) -> str:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=item).click()
    expect(page.get_by_text(re.compile("copied$")).last).to_be_visible()
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    return text
