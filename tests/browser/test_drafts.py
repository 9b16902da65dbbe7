"""Drafts in the builder: nothing is lost, two people see each other, and their changes are merged."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, axe
from tests.browser.product import Product
from tests.browser.teams import Member
from tests.browser.test_builder import inspector, node, opened, palette, saved, transform

AWAY = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_SOCKET_NOT_CONNECTED", "net::ERR", ": 50[0-9]")


def state(page: Page, text: str) -> None:
    expect(page.get_by_test_id("draft-state")).to_have_text(text)


def rename(page: Page, to: str) -> None:
    node(page, "keep").click()
    inspector(page).get_by_label("Name", exact=True).fill(to)


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish", exact=True).click()


def test_a_draft_with_errors_is_saved_as_one_types_and_is_there_after_a_reload_and_in_another_browser(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Half done"))
    visit = browsing.visit(f"/workflows/{workflow}")
    page = visit.page
    opened(page)
    node(page, "keep").click()
    inspector(page).get_by_label("Kind of kept").select_option("text")
    inspector(page).get_by_role("textbox", name="kept", exact=True).fill("{{ 1 +* 2 }}")
    state(page, "Saved as draft")
    for other in (page, browsing.visit(f"/workflows/{workflow}").page):
        if other is page:
            page.reload()
        opened(other)
        expect(other.get_by_text("Your changes are still here")).to_be_visible()
        node(other, "keep").click()
        expect(inspector(other).get_by_role("textbox", name="kept", exact=True)).to_have_value("{{ 1 +* 2 }}")
    assert product.get(f"/workflows/{workflow}")["version"] == 1
    publish(page)
    visit.expect_trouble("PUT .*workflows.*: 422", "PUT .*workflows.*: 400")
    expect(page.get_by_text("Not published", exact=True)).to_be_visible()
    expect(page.get_by_role("list", name="Errors and warnings")).to_be_visible()


def test_a_tab_closed_in_the_middle_loses_nothing(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Closed early"))
    context = browsing.context()
    page = browsing.open_in(context, f"/workflows/{workflow}").page
    opened(page)
    rename(page, "Typed last")
    page.close(run_before_unload=False)
    page = browsing.open_in(context, f"/workflows/{workflow}").page
    opened(page)
    expect(node(page, "keep")).to_contain_text("Typed last")
    state(page, "Saved as draft")


def test_a_new_workflow_has_an_address_from_the_first_change_on_and_is_listed_as_unfinished(browsing: Browsing) -> None:
    visit = browsing.visit("/workflows/new")
    page = visit.page
    opened(page)
    page.get_by_role("button", name="New workflow").click()
    expect(inspector(page).get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.type("Not there yet")
    expect(page).to_have_url(re.compile(r"/workflows/new\?draft=[0-9a-f-]{36}$"))
    state(page, "Saved as draft")
    page.reload()
    expect(page.get_by_role("heading", name="Not there yet")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Workflows").first.click()  # no question is asked
    unfinished = page.get_by_role("region", name="Your unpublished changes")
    unfinished.get_by_role("link", name="Not there yet").click()
    opened(page)
    publish(page)
    saved(page, 1)
    expect(page.get_by_test_id("draft-state")).to_have_count(0)
    page.get_by_role("navigation").get_by_role("link", name="Workflows").first.click()
    expect(page.get_by_role("link", name="Not there yet").first).to_be_visible()
    expect(page.get_by_role("region", name="Your unpublished changes").get_by_role("link", name="Not there yet")).to_have_count(0)


def test_a_server_that_is_away_loses_nothing(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Server away"))
    visit = browsing.visit(f"/workflows/{workflow}")
    visit.expect_trouble(*AWAY)
    page = visit.page
    opened(page)
    rename(page, "Before")
    state(page, "Saved as draft")
    product.kill_api()
    try:
        inspector(page).get_by_label("Name", exact=True).fill("While it was away")
        state(page, "Offline, kept here")
    finally:
        product.bring_api_back()
    state(page, "Saved as draft")
    page.reload()
    opened(page)
    expect(node(page, "keep")).to_contain_text("While it was away")


def test_a_draft_is_discarded(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Discarded"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    rename(page, "Not good")
    state(page, "Saved as draft")
    page.get_by_role("button", name="Note or discard").click()
    page.get_by_role("menuitem", name="Discard the draft").click()
    expect(node(page, "keep")).not_to_contain_text("Not good")
    saved(page, 1)
    expect(page.get_by_test_id("draft-state")).to_have_count(0)


def test_a_version_is_published_with_a_note(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Noted"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    rename(page, "Second")
    page.get_by_role("button", name="Note or discard").click()
    page.get_by_role("menuitem", name="With a note").click()
    dialog = page.get_by_role("dialog", name="Publish a new version")
    expect(dialog.locator("ins").get_by_text("Second", exact=True)).to_be_visible()
    dialog.get_by_label("Note").fill("A better name")
    axe(page)
    dialog.get_by_role("button", name="Publish").click()
    saved(page, 2)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Versions").click()
    expect(page.get_by_role("dialog", name="Versions").get_by_text("A better name")).to_be_visible()


def two_people(browsing: Browsing, product: Product, definition: dict[str, Any]) -> tuple[Page, Page]:
    """Ana and Ben open one workflow in two browsers."""
    workflow = product.deploy(definition)
    pages = []
    for name in ("Ana", "Ben"):
        person = Member.of(product, "editor", name=name)
        visit = browsing.open_in(person.enter(browsing.context(role=None)), f"/workflows/{workflow}")
        visit.expect_trouble("PUT .*: 412")
        opened(visit.page)
        pages.append(visit.page)
    return pages[0], pages[1]


def test_two_people_see_each_other_and_what_both_changed_is_merged(browsing: Browsing, product: Product) -> None:
    ana, ben = two_people(browsing, product, transform("Edited by two"))
    expect(ben.get_by_test_id("presence")).to_have_text("Ana is editing too")
    expect(ana.get_by_test_id("presence")).to_have_text("Ben is editing too", timeout=20_000)
    axe(ben)
    rename(ana, "Named by Ana")
    publish(ana)
    saved(ana, 2)
    rename(ben, "Named by Ben")
    palette(ben).get_by_role("button", name=re.compile("^End")).first.click()
    publish(ben)
    dialog = ben.get_by_role("dialog", name="Somebody else published meanwhile")
    expect(dialog.get_by_role("button", name="Merge")).to_have_attribute("aria-disabled", "true")
    question = dialog.get_by_role("group", name=re.compile("name"))
    expect(question).to_contain_text("Named by Ana")
    expect(question).to_contain_text("Named by Ben")
    axe(ben)
    question.get_by_role("radio").nth(1).check()
    dialog.get_by_role("button", name="Merge").click()
    expect(node(ben, "keep")).to_contain_text("Named by Ana")
    expect(node(ben, "end")).to_be_visible()
    expect(ben.get_by_test_id("save-state")).to_have_text("changed since version 2")
    publish(ben)
    saved(ben, 3)
    expect(ana.get_by_role("button", name="Version 3 is out: merge")).to_be_visible(timeout=20_000)
    ana.get_by_role("button", name="Version 3 is out: merge").click()
    ana.get_by_role("dialog").get_by_role("button", name="Merge").click()
    expect(node(ana, "end")).to_be_visible()
    saved(ana, 3)


def test_two_tabs_of_one_person_do_not_overwrite_each_other(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("In two tabs"))
    context = browsing.context()
    first, second = (browsing.open_in(context, f"/workflows/{workflow}") for _ in range(2))
    second.expect_trouble("PUT .*drafts.*: 409")
    for visit in (first, second):
        opened(visit.page)
    rename(first.page, "First tab")
    state(first.page, "Saved as draft")
    palette(second.page).get_by_role("button", name=re.compile("^Wait")).first.click()
    dialog = second.page.get_by_role("dialog", name="You changed this draft in another tab or browser")
    dialog.get_by_role("button", name="Merge").click()
    expect(node(second.page, "keep")).to_contain_text("First tab")
    expect(node(second.page, "wait")).to_be_visible()
    state(second.page, "Saved as draft")
