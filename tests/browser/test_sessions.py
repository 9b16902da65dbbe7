"""A page that a role does not include says so without a request, and a draft outlives the session of its user."""

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Browsing
from tests.browser.product import PASSWORD, Product
from tests.browser.workflows import NAP


@pytest.mark.parametrize(
    ("role", "path", "place"),
    [
        ("annotator", "/", "Overview"),
        ("annotator", "/workflows/new", "Workflows"),
        ("viewer", "/settings/users", "Users"),
        ("editor", "/settings/users", "Users"),
    ],
)
def test_a_page_that_is_not_for_a_role_says_so(browsing: Browsing, role: str, path: str, place: str) -> None:
    """A refused request would fail this test."""
    page = browsing.visit(path, role=role).page
    expect(page.get_by_role("heading", name="Your role does not include this page")).to_be_visible()
    expect(page.get_by_text(f"You are signed in as {role.capitalize()}.")).to_be_visible()
    expect(page.get_by_role("heading", name=place, exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name=place, exact=True)).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="Account").click()
    expect(page.get_by_role("heading", name="Account")).to_be_visible()


def test_a_draft_outlives_the_session(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy({**NAP, "name": "Nap of a session that ends"})
    email, once = product.person("editor")
    visit = browsing.visit(f"/workflows/{workflow}", role=None)
    visit.expect_trouble("401")
    page = visit.page

    def sign_in(password: str) -> None:
        page.get_by_role("textbox", name="Email").fill(email)
        page.get_by_role("textbox", name="Password").fill(password)
        page.get_by_role("button", name="Sign in").click()

    sign_in(once)
    page.get_by_role("textbox", name="New password").fill(PASSWORD)
    with page.expect_response("**/workflows/validate"):
        page.get_by_role("button", name="Save and go on").click()
    visit.context.clear_cookies()
    page.get_by_role("button", name="Settings of the workflow").click()
    page.get_by_role("textbox", name="Description").fill("Drawn while the session ended.")
    sign_in(PASSWORD)
    page.get_by_role("button", name="Settings of the workflow").click()
    expect(page.get_by_role("textbox", name="Description")).to_have_value("Drawn while the session ended.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("version 2", exact=True)).to_be_visible()
    assert product.get(f"/workflows/{workflow}")["definition"]["description"] == "Drawn while the session ended."
