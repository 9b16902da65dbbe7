"""The page of credentials: a new one names its hosts, an editor does not add one without the secret, and a test says what came of it."""

from playwright.sync_api import expect

from tests.browser.browsing import Browsing, axe


def test_an_editor_saves_a_credential_with_its_hosts_cannot_widen_it_and_tests_it(browsing: Browsing) -> None:
    visit = browsing.visit("/settings/credentials", role="editor")
    visit.expect_trouble(r"credentials.*: 422$")
    page = visit.page
    page.get_by_role("button", name="Add credential").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("May be sent to")).to_have_value("")
    dialog.get_by_label("Name", exact=True).fill("shop")
    dialog.get_by_label("Token").fill("s3cr3tToken")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("says where it may be sent")
    dialog.get_by_label("May be sent to").fill("127.0.0.1")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    page.get_by_role("button", name="Replace shop").click()
    dialog.get_by_label("May be sent to").fill("127.0.0.1, evil.example")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("the secret may not be sent to evil.example yet")
    dialog.get_by_label("Token").fill("an0therToken")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    page.get_by_role("button", name="Test shop").click()
    expect(dialog).to_contain_text("under the rules of HTTP_REQUEST")
    axe(page)
    dialog.get_by_label("Address", exact=True).fill("https://other.example/me")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("Failed: the credential 'shop' may not be sent to other.example")
    dialog.get_by_label("Address", exact=True).fill("http://127.0.0.1:9/me")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("not a public address")
    dialog.get_by_role("button", name="Close").last.click()


def test_the_connection_of_a_database_has_no_hosts_and_is_tested_without_an_address(browsing: Browsing) -> None:
    page = browsing.visit("/settings/credentials", role="editor").page
    page.get_by_role("button", name="Add credential").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kind").select_option("postgres")
    expect(dialog.get_by_label("May be sent to")).to_be_hidden()
    dialog.get_by_label("Name", exact=True).fill("warehouse")
    dialog.get_by_label("Connection address").fill("postgresql://me:pa55word@127.0.0.1/db")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Test warehouse").click()
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("Failed: 127.0.0.1 is at 127.0.0.1, which is not a public address")
