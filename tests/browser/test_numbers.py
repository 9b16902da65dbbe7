"""Numbers that JavaScript would change: pages show them, copy them and send them as they are."""

import json
from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing
from tests.browser.product import Product

LARGE: Final = 7615917337495251231
DIGITS: Final = 10**40 + 7
GIVEN: Final = {"id": LARGE, "long": DIGITS, "whole": 5.0, "large": 6.022e23, "rows": [{"id": LARGE, "share": 0.1}]}
ECHO: Final = {
    "name": "echo of numbers",
    "nodes": [
        {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "echo", "name": "Echo", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"given": "{{ input }}"}}},
    ],
    "connections": [{"from": "begin", "to": "echo"}],
}


def _text(value: object) -> str:
    """JSON in which 5.0 is not 5, and no digit is lost; the database orders the keys."""
    return json.dumps(value, sort_keys=True)


def _copied(page: Page, label: str) -> str:
    page.get_by_role("button", name=label).click()
    expect(page.get_by_role("button", name="Copied").or_(page.get_by_text("Copied")).first).to_be_visible()
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    return text


def test_the_execution_page_shows_and_copies_every_digit(browsing: Browsing, product: Product) -> None:
    execution = product.run(product.deploy(ECHO), GIVEN, until="completed")
    visit = browsing.visit(f"/executions/{execution}")
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for label in ("Input", "Output"):
        section = page.get_by_role("region", name=label, exact=True)
        expect(section.get_by_text(str(LARGE)).first).to_be_visible()
        expect(section.get_by_text(str(DIGITS)).first).to_be_visible()
        expect(section.get_by_text("5.0", exact=True).first).to_be_visible()
    assert _text(json.loads(_copied(page, "Copy input as JSON"))) == _text(GIVEN)
    assert str(LARGE) in _copied(page, "Copy output as JSON")
    page.get_by_role("button", name="Echo Completed").click()
    expect(page.get_by_role("region", name="Output", exact=True).get_by_text(str(LARGE)).first).to_be_visible()
    assert str(DIGITS) in _copied(page, "Copy output as JSON")


def test_a_run_from_the_page_sends_every_digit(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy({**ECHO, "name": "echo of what is typed"})
    page = browsing.visit(f"/workflows/{workflow}").page
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("textbox", name="Input").fill(json.dumps(GIVEN))
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/executions/*")
    execution = page.url.rpartition("/")[2].partition("?")[0]
    product.wait_for(execution, "completed")
    assert _text(product.get(f"/executions/{execution}?run_data=false")["input"]) == _text(GIVEN)
