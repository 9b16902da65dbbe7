"""Ids, ports, keys and names that mean something in JavaScript are like all others, on every page."""

import json
import re
from typing import Final, Literal

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing
from tests.browser.product import Product
from tests.browser.test_builder import node, opened

NAMES: Final = ("constructor", "toString", "hasOwnProperty", "valueOf", "__proto__")
UNCHANGED: Final = "() => [({}).x, ({}).output, Object.getOwnPropertyNames(Object.prototype).length, typeof ({}).toString].join()"


def hostile(name: str) -> str:
    """Returns a definition as JSON, because no literal of JavaScript may have touched it."""
    keys = {key: {"x": 1} for key in NAMES}
    steps = [
        {
            "id": key,
            "name": key,
            "type": "ACTION_NODE",
            "subtype": "TRANSFORM",
            "parameters": {"values": keys},
            "position": {"x": 600, "y": 120 * row},
        }
        for row, key in enumerate(NAMES)
    ]
    choose = {"value": "input.constructor", "cases": [{"equals": key, "port": key} for key in NAMES]}
    nodes = [
        {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "choose", "type": "FLOW_NODE", "subtype": "SWITCH", "parameters": choose},
        *steps,
    ]
    connections = [{"from": "start", "to": "choose"}, *({"from": "choose", "port": key, "to": key} for key in NAMES)]
    return json.dumps({"name": name, "tags": list(NAMES), "nodes": nodes, "connections": connections})


def saved(product: Product, name: str) -> str:
    made = product.http.post("/workflows", content=f'{{"definition": {hostile(name)}}}', headers={"Content-Type": "application/json"})
    assert made.is_success, made.text
    workflow: str = made.json()["id"]
    return workflow


def clean(page: Page) -> None:
    assert page.evaluate(UNCHANGED) == ",,12,function"


def test_every_page_plays_with_ids_that_mean_something_in_javascript(browsing: Browsing, product: Product) -> None:
    workflow = saved(product, "constructor")
    execution = product.run(workflow, {"constructor": "__proto__"}, subject="__proto__", until="completed")
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    for name in NAMES:
        expect(node(page, name)).to_be_visible()
    node(page, "__proto__").click()
    expect(page.get_by_role("complementary", name="Inspector").get_by_role("heading", name="__proto__")).to_be_visible()
    page.keyboard.press("Control+d")
    expect(node(page, "__proto___2")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("save-state")).to_have_text("version 2")
    clean(page)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Versions").click()
    expect(page.get_by_role("dialog", name="Versions")).to_contain_text("__proto__ added")
    clean(page)

    page = browsing.visit(f"/executions/{execution}").page
    expect(page.locator('.react-flow__node[data-id="__proto__"]')).to_be_visible()
    expect(page.locator('.react-flow__node[data-id="constructor"]')).to_be_visible()
    page.locator('.react-flow__node[data-id="__proto__"]').click()
    clean(page)
    pages: tuple[tuple[str, Literal["link", "heading"], str], ...] = (
        ("/executions?q=__proto__", "link", "constructor"),
        ("/", "heading", "Overview"),
        ("/settings/credentials", "heading", "Credentials"),
        ("/workflows", "link", "constructor"),
    )
    for path, role, words in pages:
        page = browsing.visit(path).page
        expect(page.get_by_role("main").get_by_role(role, name=re.compile(words)).first).to_be_visible()
        clean(page)
