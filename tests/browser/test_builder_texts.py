"""A workflow keeps the text of its author in the pages, and what names a node follows it."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing
from tests.browser.product import Product
from tests.browser.test_builder import inspector, node, opened

TEXT = """# for the team

name: Kept text
nodes:
  - {id: start, type: TRIGGER_NODE, subtype: MANUAL}

  - id: code     # it counts
    type: ACTION_NODE
    subtype: RUN_CODE
    parameters:
      code: |
        # nodes.start stays, nodes['start'] too
        def f(x):
            return x

        result = {"a": f(1)}
      input: "{{ nodes[ 'start' ].output }}"
connections:
- {from: start, to: code}
# the end
"""


def copy_and_paste(page: Page, into: Page) -> None:
    text = page.evaluate(
        """() => { const data = new DataTransfer();
        document.body.dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }));
        return data.getData("text/plain"); }"""
    )
    paste(into, text)


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """(text) => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        text,
    )


def deployed(product: Product, text: str) -> str:
    made = product.http.post("/workflows", content=text, headers={"Content-Type": "application/yaml"})
    assert made.is_success, made.text
    workflow: str = made.json()["id"]
    return workflow


def source(product: Product, workflow: str) -> str:
    kept: str = product.get(f"/workflows/{workflow}")["source"]
    return kept


def test_an_edit_in_the_page_changes_its_own_characters_only(browsing: Browsing, product: Product) -> None:
    workflow = deployed(product, TEXT)
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    node(page, "code").click()
    inspector(page).get_by_label("Name", exact=True).fill("Counts")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("save-state")).to_have_text("version 2")
    assert source(product, workflow) == TEXT.replace("- id: code     # it counts\n", "- id: code     # it counts\n    name: Counts\n")


def test_a_comment_that_is_written_in_the_page_is_saved_without_another_version(browsing: Browsing, product: Product) -> None:
    workflow = deployed(product, TEXT.replace("Kept text", "Kept comments"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_role("textbox", name="Definition as YAML").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("# another one\n")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published the text of version 1")).to_be_visible()
    expect(page.get_by_test_id("save-state")).to_have_text("version 1")
    assert source(product, workflow) == TEXT.replace("Kept text", "Kept comments") + "# another one\n"


def test_a_rename_follows_expressions_and_leaves_code_alone(browsing: Browsing, product: Product) -> None:
    workflow = deployed(product, TEXT.replace("Kept text", "Kept names"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    node(page, "start").click()
    inspector(page).get_by_role("tab", name=re.compile("^Settings")).click()
    field = inspector(page).get_by_label("Id", exact=True)
    field.fill("begin here")
    field.press("Enter")
    expect(node(page, "begin here")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("save-state")).to_have_text("version 2")
    kept = source(product, workflow)
    assert "nodes[ 'begin here' ].output" in kept
    assert "# nodes.start stays, nodes['start'] too\n" in kept
    assert "- {from: begin here, to: code}" in kept


def test_a_node_pasted_into_another_workflow_names_no_stranger(browsing: Browsing, product: Product) -> None:
    page = browsing.visit(f"/workflows/{deployed(product, TEXT.replace('Kept text', 'Copied from'))}").page
    opened(page)
    node(page, "code").click()
    other = browsing.visit("/workflows/new").page
    opened(other)
    copy_and_paste(page, other)
    expect(node(other, "code")).to_be_visible()
    expect(node(other, "code")).to_contain_text("1 error")
    node(other, "code").click()
    expect(inspector(other).get_by_text("start (not copied)").first).to_be_visible()


def test_yaml_and_text_with_a_byte_order_mark_are_pasted(browsing: Browsing) -> None:
    page = browsing.visit("/workflows/new").page
    opened(page)
    page.locator(".react-flow__pane").click(position={"x": 30, "y": 300})
    paste(page, "\ufeff- id: first\n  type: FLOW_NODE\n  subtype: JOIN\n")
    expect(node(page, "first")).to_be_visible()
    paste(page, "\ufeff" + json.dumps({"nodes": [{"id": "second", "type": "FLOW_NODE", "subtype": "JOIN"}]}))
    expect(node(page, "second")).to_be_visible()
