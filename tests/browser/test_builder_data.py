"""Data while building: beside each node what it received and gave, fields that are picked, dragged and completed, and the value as one types."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, Scheme, at_rest, axe
from tests.browser.product import Product
from tests.browser.test_builder import inspector, node, opened, saved

INPUT: Final[dict[str, Any]] = {
    "person": "Ada",
    "order": {"lines": [{"what": "tea", "price": 4}], "zip code": "0150", "constructor": 7},
    "__proto__": {"x": 1},
    "many": list(range(300)),
}


def flow(name: str) -> dict[str, Any]:
    """Returns a trigger, a node that passes on what it gets, a condition, and a node with code."""
    return {
        "name": name,
        "nodes": [
            {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
            {
                "id": "fetch",
                "name": "Fetch it",
                "type": "ACTION_NODE",
                "subtype": "TRANSFORM",
                "parameters": {"values": {"order": "{{ order }}", "note": "text"}},
            },
            {"id": "large", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "true"}},
            {"id": "code", "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "return {}"}},
        ],
        "connections": [{"from": "start", "to": "fetch"}, {"from": "fetch", "to": "large"}, {"from": "large", "port": "true", "to": "code"}],
    }


@pytest.fixture
def page(browsing: Browsing, product: Product, request: pytest.FixtureRequest) -> Page:
    """Opens the builder on a workflow that has run once."""
    workflow = product.deploy(flow(f"Data {request.node.name}"[:90].replace("[", " ").replace("]", " ").strip()))
    product.run(workflow, INPUT, until="completed")
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    return page


def row(*parts: str) -> re.Pattern[str]:
    """The accessible name of a value in the tree: its key, its type, its value, what a click does."""
    return re.compile("^" + r"\W+".join(re.escape(part) for part in parts))


def choose(page: Page, name: str) -> None:
    node(page, name).click()
    expect(inspector(page).get_by_role("region", name="Data")).to_be_visible()


def data(page: Page) -> Any:
    return inspector(page).get_by_role("region", name="Data")


def test_input_and_output_of_the_last_run_stand_beside_a_node(page: Page) -> None:
    choose(page, "fetch")
    tree = data(page).get_by_role("list", name="Input")
    expect(tree.get_by_role("button", name=row("person", "text", '"Ada"'))).to_be_visible()
    tree.get_by_role("button", name="Inside many").click()
    expect(tree.get_by_role("button", name="250 more")).to_be_visible()
    tree.get_by_role("button", name="250 more").click()
    expect(tree.get_by_role("button", name="200 more")).to_be_visible()
    data(page).get_by_role("tab", name="Output").click()
    expect(data(page).get_by_role("list", name="Output").get_by_role("button", name=row("note", "text"))).to_be_visible()
    data(page).get_by_role("tab", name="Earlier nodes").click()
    data(page).get_by_text("start", exact=True).click()
    expect(data(page).get_by_role("list", name="Output of start").get_by_role("button", name=row("person", "text"))).to_be_visible()


def test_a_value_is_picked_into_the_field_that_had_the_focus(page: Page) -> None:
    choose(page, "fetch")
    field = inspector(page).get_by_role("textbox", name="note", exact=True)
    field.fill("For ")
    data(page).get_by_role("button", name=row("person", "text", '"Ada"', "Put it into note")).click()
    expect(field).to_have_value("For {{ person }}")
    expect(field).to_be_focused()
    expect(inspector(page).get_by_text("For Ada", exact=True)).to_be_visible()
    field.fill("{{  }}")
    field.press("ArrowLeft")
    field.press("ArrowLeft")
    field.press("ArrowLeft")
    data(page).get_by_role("button", name="Inside order").click()
    data(page).get_by_role("button", name=row("zip code", "text")).click()
    expect(field).to_have_value(re.compile(r'^\{\{\s+order\["zip code"\]\s+\}\}$'))
    field.fill("")
    data(page).get_by_role("button", name=row("__proto__", "object")).click()
    expect(field).to_have_value('{{ input["__proto__"] }}')
    expect(inspector(page).get_by_text('{"x":1}')).to_be_visible()


def test_a_value_is_dragged_into_a_field(page: Page) -> None:
    choose(page, "large")
    field = inspector(page).get_by_role("textbox", name="Condition", exact=True)
    field.fill("")
    data(page).get_by_role("button", name="Inside order").click()
    data(page).get_by_role("button", name=row("constructor", "number")).drag_to(field)
    expect(field).to_have_value("order.constructor")
    expect(inspector(page).get_by_text("number, counts as true")).to_be_visible()


def test_paths_and_functions_are_completed_with_their_documentation(page: Page) -> None:
    choose(page, "large")
    field = inspector(page).get_by_role("textbox", name="Condition", exact=True)
    field.fill("")
    field.press_sequentially("ord")
    expect(inspector(page).get_by_role("option", name=re.compile("^order"))).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("order")
    field.press_sequentially(".zip")
    field.press("Tab")
    expect(field).to_have_value('order["zip code"]')
    field.fill("")
    field.press_sequentially("roun")
    expect(inspector(page).get_by_text("halves go to the even neighbour")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("round()")
    field.press_sequentially("nodes.fetch.output.order.lines[0].pr")
    field.press("Enter")
    expect(field).to_have_value("round(nodes.fetch.output.order.lines[0].price)")
    expect(inspector(page).get_by_role("listbox")).to_have_count(0)
    field.press("Control+ ")
    field.press("Escape")
    expect(field).to_be_focused()


def test_the_value_is_shown_as_one_types_and_an_error_when_it_is_time(page: Page) -> None:
    choose(page, "large")
    field = inspector(page).get_by_role("textbox", name="Condition", exact=True)
    field.fill("order.lines[0].price * 30")
    expect(inspector(page).get_by_text("120", exact=True)).to_be_visible()
    page.clock.install()
    field.fill("order.lines[0].prise")
    page.clock.run_for(600)
    expect(inspector(page).get_by_text("There is no key 'prise' here.")).to_have_count(0)
    inspector(page).get_by_role("heading").first.click()
    field.blur()
    page.clock.run_for(2_000)
    expect(inspector(page).get_by_text("There is no key 'prise' here.")).to_be_visible()
    expect(inspector(page).get_by_text("(column 16, at prise)")).to_be_visible()
    expect(inspector(page).get_by_text("Did you mean price?")).to_be_visible()


def test_braces_are_offered_only_where_they_are_rendered(page: Page) -> None:
    choose(page, "fetch")
    expect(inspector(page).get_by_role("button", name="Put an expression in").first).to_be_visible()
    choose(page, "code")
    expect(inspector(page).get_by_role("textbox", name="Code", exact=True)).to_be_visible()
    expect(inspector(page).get_by_role("button", name="Put an expression in")).to_have_count(0)


def test_a_number_is_an_expression_by_one_toggle_and_a_value_again(browsing: Browsing, product: Product) -> None:
    wait = {"id": "rest", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 5}}
    start = {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
    workflow = product.deploy({"name": "A wait", "nodes": [start, wait], "connections": [{"from": "start", "to": "rest"}]})
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    choose(page, "rest")
    expect(inspector(page).get_by_label("Seconds", exact=True)).to_have_value("5")
    inspector(page).get_by_role("button", name="Seconds: use an expression").click()
    field = inspector(page).get_by_role("textbox", name="Seconds", exact=True)
    expect(field).to_have_value("5")
    field.fill("order.lines[0].price * 60")
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 2)
    parameters = product.get(f"/workflows/{workflow}")["definition"]["nodes"][1]["parameters"]
    assert parameters == {"seconds": "{{ order.lines[0].price * 60 }}"}
    field.fill("7")
    inspector(page).get_by_role("button", name="Seconds: use a value").click()
    expect(inspector(page).get_by_label("Seconds", exact=True)).to_have_value("7")
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 3)
    assert product.get(f"/workflows/{workflow}")["definition"]["nodes"][1]["parameters"] == {"seconds": 7}


def test_without_a_run_the_run_button_is_right_there(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(flow("Never run"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    choose(page, "fetch")
    data(page).get_by_role("button", name="Run the workflow").click()
    dialog = page.get_by_role("dialog", name="Run Never run")
    expect(dialog).to_be_visible()


def test_the_data_of_another_execution_is_shown_when_it_is_chosen(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(flow("Two runs"))
    product.run(workflow, INPUT | {"person": "Ada"}, until="completed")
    product.run(workflow, INPUT | {"person": "Grace"}, until="completed")
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    choose(page, "fetch")
    expect(data(page).get_by_role("button", name=row("person", "text", '"Grace"'))).to_be_visible()
    data(page).get_by_label("Execution whose data is shown").select_option(index=2)
    expect(data(page).get_by_role("button", name=row("person", "text", '"Ada"'))).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_data_and_the_completion_are_accessible(browsing: Browsing, product: Product, scheme: Scheme) -> None:
    workflow = product.deploy(flow(f"Accessible data {scheme}"))
    product.run(workflow, INPUT, until="completed")
    page = browsing.visit(f"/workflows/{workflow}", scheme=scheme).page
    opened(page)
    choose(page, "large")
    expect(data(page).get_by_role("button", name=row("order", "object"))).to_be_visible()
    field = inspector(page).get_by_role("textbox", name="Condition", exact=True)
    field.fill("")
    field.press_sequentially("roun")
    expect(inspector(page).get_by_role("listbox")).to_be_visible()
    at_rest(page)
    axe(page)
