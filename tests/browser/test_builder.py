"""The builder, used through the page alone: drawing, connecting, filling in, saving, running."""

import json
import re
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.browsing import Browsing, Scheme, Visit, at_rest, axe, no_sideways_scroll
from tests.browser.product import DEMO, Product

VALUES: Final = {"nodes": [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}], "connections": []}
HARD_NUMBERS: Final = '{"big": 9007199254740993, "whole": 1.0, "small": 0.1, "low": -9223372036854775808, "wide": 123456789012345678901234567890}'


def transform(name: str, /, **more: Any) -> dict[str, Any]:
    """Saves a workflow with one node behind its trigger."""
    kept = {"id": "keep", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"kept": 1}}, **more}
    return {"name": name, "nodes": [*VALUES["nodes"], kept], "connections": [{"from": "start", "to": "keep"}]}


def node(page: Page, name: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{name}"]')


def inspector(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Inspector")


def opened(page: Page) -> None:
    expect(page.locator(".react-flow__node").first).to_be_visible()
    at_rest(page)


def palette(page: Page) -> Locator:
    """Opens the palette."""
    page.get_by_role("button", name="Add a node (N)").click()
    return page.get_by_role("dialog", name="Add a node")


def add(page: Page, title: str) -> None:
    palette(page).get_by_role("button", name=re.compile(f"^{title}")).first.click()
    at_rest(page)


def draw(page: Page, source: Locator, target: Locator, *, let_go: bool = True) -> None:
    """Draws a connection from a port to a node, with the mouse."""
    at_rest(page)
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 60, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    if let_go:
        page.mouse.up()


def port(page: Page, name: str, which: str = "main") -> Locator:
    return node(page, name).locator(f'.react-flow__handle[data-handleid="out:{which}"]')


def saved(page: Page, version: int) -> None:
    expect(page.get_by_test_id("save-state")).to_have_text(f"version {version}")


@pytest.fixture
def builder(browsing: Browsing) -> Visit:
    """Opens the builder with a new workflow."""
    visit = browsing.visit("/workflows/new")
    opened(visit.page)
    return visit


def test_a_workflow_is_drawn_filled_in_saved_run_and_completes(builder: Visit) -> None:
    page = builder.page
    page.get_by_role("button", name="New workflow").click()
    expect(inspector(page).get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.type("Drawn by hand")
    expect(page.get_by_role("heading", name="Drawn by hand")).to_be_visible()
    palette(page).get_by_label("Search node types").fill("transf")
    page.get_by_role("button", name=re.compile("^Transform")).drag_to(page.locator(".react-flow__pane"), target_position={"x": 560, "y": 480})
    expect(node(page, "transform")).to_be_visible()
    draw(page, port(page, "start"), node(page, "transform"))
    expect(page.locator(".react-flow__edge")).to_have_count(1)

    expect(inspector(page).get_by_text("values is missing")).to_be_visible()
    expect(node(page, "transform")).to_contain_text("1 error")
    inspector(page).get_by_label("Kind of Values").select_option("object")
    inspector(page).get_by_role("button", name="Add to values").click()
    inspector(page).get_by_label("Name of name").fill("greeting")
    inspector(page).get_by_label("Name of name").press("Enter")
    inspector(page).get_by_role("textbox", name="greeting", exact=True).fill("Hello {{ person }}")
    expect(page.get_by_test_id("error-count").first).to_have_text("No errors")

    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 1)
    expect(page).to_have_url(re.compile(r"/workflows/[0-9a-f-]{36}$"))
    page.get_by_role("button", name="Run", exact=True).click()
    dialog = page.get_by_role("dialog", name="Run Drawn by hand")
    dialog.get_by_label("Input").fill('{"person": "Ada",}')
    dialog.get_by_role("button", name="Run").click()
    expect(dialog.get_by_text("Line 1, column 18: A key in double quotes is expected here.")).to_be_visible()
    dialog.get_by_label("Input").fill('{"person": "Ada"}')
    dialog.get_by_role("button", name="Run").click()
    expect(page).to_have_url(re.compile("/executions/"))
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(page.get_by_text("Hello Ada").first).to_be_visible()


def test_an_impossible_connection_shows_the_reason_while_it_is_drawn(builder: Visit) -> None:
    page = builder.page
    add(page, "Wait")
    expect(node(page, "wait")).to_be_visible()
    draw(page, port(page, "wait"), node(page, "start"), let_go=False)
    expect(page.get_by_test_id("connection-reason")).to_have_text("start is a trigger: it takes no connections.")
    page.mouse.up()
    expect(page.get_by_text("This cannot be connected")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    draw(page, port(page, "start"), node(page, "wait"), let_go=False)
    expect(page.get_by_test_id("connection-reason")).to_have_text("Connect start to wait")
    page.mouse.up()
    expect(page.locator(".react-flow__edge")).to_have_count(1)


def test_undo_and_redo_work_for_every_kind_of_edit(builder: Visit) -> None:
    page = builder.page
    names = page.locator(".react-flow__node b")
    for key in ("Wait", "Join"):
        node(page, "start").click()
        add(page, key)
    expect(names).to_have_text(["start", "wait", "join"])
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    node(page, "wait").click()
    page.keyboard.press("Control+d")
    expect(names).to_have_text(["start", "wait", "join", "wait_2"])
    page.keyboard.press("Delete")
    node(page, "wait").click()
    page.keyboard.press("Delete")
    expect(names).to_have_text(["start", "join"])
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("Control+z")
    expect(names).to_have_text(["start", "wait", "join"])
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    for _ in range(3):
        page.keyboard.press("Control+Shift+z")
    expect(names).to_have_text(["start", "join"])


def test_nodes_are_copied_and_pasted_even_in_large_numbers(builder: Visit) -> None:
    page = builder.page
    piece = {"nodes": [{"id": f"n{number}", "type": "FLOW_NODE", "subtype": "JOIN"} for number in range(200)], "connections": []}
    piece["connections"] = [{"from": f"n{number}", "to": f"n{number + 1}"} for number in range(199)]
    page.locator(".react-flow__pane").click(position={"x": 30, "y": 300})
    page.evaluate(
        """(text) => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        json.dumps(piece),
    )
    expect(inspector(page).get_by_role("heading", name="200 nodes")).to_be_visible()
    expect(page.get_by_test_id("error-count").first).to_contain_text("200 warnings")
    page.keyboard.press("Delete")
    expect(page.locator(".react-flow__node")).to_have_count(1)


def test_errors_are_on_their_nodes_and_the_list_leads_to_their_fields(browsing: Browsing, product: Product) -> None:
    definition = transform("Mistaken", name="Sum")
    workflow = product.deploy(definition)
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    node(page, "keep").click()
    field = inspector(page).get_by_role("textbox", name="kept", exact=True)
    inspector(page).get_by_label("Kind of kept").select_option("text")
    field.fill("{{ 1 +* 2 }}")
    expect(inspector(page).get_by_text("The expression does not parse").first).to_be_visible()
    expect(inspector(page).get_by_text("Look at column").first).to_be_visible()
    expect(node(page, "keep")).to_contain_text("1 error")
    page.locator(".react-flow__pane").click(position={"x": 30, "y": 300})
    page.get_by_test_id("error-count").first.click()
    page.get_by_role("list", name="Errors and warnings").get_by_role("button").click()
    expect(field).to_be_focused()
    page.get_by_role("button", name="Publish", exact=True).click()
    saved_state = page.get_by_test_id("save-state")
    expect(page.get_by_text("Not published", exact=True)).to_be_visible()
    expect(saved_state).to_have_text("changed since version 1")
    browsing.visits[-1].expect_trouble("PUT .*: 422")
    field.fill("{{ 1 + 2 }}")
    expect(page.get_by_test_id("error-count").first).to_have_text("No errors")


def test_text_and_canvas_follow_each_other_and_a_broken_text_changes_nothing(builder: Visit) -> None:
    page = builder.page
    page.get_by_role("button", name="Text", exact=True).click()
    editor = page.get_by_role("textbox", name="Definition as YAML")
    editor.click()
    page.keyboard.press("Control+a")
    lines = ["name: By text", "nodes:", "  - id: start", "type: TRIGGER_NODE", "subtype: MANUAL"]
    page.keyboard.insert_text(
        "\n".join([*lines[:3], *(f"    {line}" for line in lines[3:]), "  - {id: pause, type: FLOW_NODE, subtype: WAIT}", "connections: []", ""])
    )
    expect(node(page, "pause")).to_be_visible()
    expect(page.get_by_role("heading", name="By text")).to_be_visible()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("more: [1,\n")
    expect(page.get_by_text(re.compile(r"^Line \d+, column \d+: "))).to_be_visible()
    expect(node(page, "pause")).to_be_visible()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Canvas", exact=True).click()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Line \d+, column \d+: "))).to_be_visible()  # the text is still there
    page.get_by_role("textbox", name="Definition as YAML").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("  2]\n")
    node(page, "start").click()
    page.keyboard.press("n")
    page.get_by_role("dialog").get_by_label("Search node types").fill("end")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Definition as YAML")).to_contain_text("- id: end")
    expect(page.get_by_role("textbox", name="Definition as YAML")).to_contain_text("more:")


def test_an_old_version_is_compared_and_restored(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Had versions"))
    changed = product.http.put(f"/workflows/{workflow}", json={"definition": transform("Had versions", name="Second")}, headers={"If-Match": '"1"'})
    assert changed.is_success
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Versions").click()
    dialog = page.get_by_role("dialog", name="Versions")
    expect(dialog.locator("ins").get_by_text("Second")).to_be_visible()
    dialog.get_by_role("button", name="Put version 1 on the canvas").click()
    expect(node(page, "keep")).not_to_contain_text("Second")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 1 is the current one again")).to_be_visible()


def test_leaving_with_changes_asks_nothing_because_they_are_kept(builder: Visit) -> None:
    page = builder.page
    add(page, "Wait")
    page.get_by_role("navigation").get_by_role("link", name="Executions").first.click()
    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Workflows").first.click()
    page.get_by_role("region", name="Your unpublished changes").get_by_role("link").first.click()
    expect(node(page, "wait")).to_be_visible()


def test_a_workflow_is_built_with_the_keyboard_alone(builder: Visit) -> None:
    page = builder.page
    node(page, "start").focus()
    page.keyboard.press("Enter")
    expect(inspector(page).get_by_role("heading", name="start")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog").get_by_label("Search node types")).to_be_focused()
    page.keyboard.type("transform")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    inspector(page).get_by_label("Kind of Values").focus()
    page.keyboard.type("Object")
    expect(inspector(page).get_by_role("button", name="Add to values")).to_be_visible()
    page.locator(".react-flow__edge").focus()
    page.keyboard.press("Enter")
    expect(inspector(page).get_by_role("heading", name="Connection")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    node(page, "start").focus()
    page.keyboard.press("Enter")
    inspector(page).get_by_role("tab", name="Parameters").focus()
    page.keyboard.press("End")
    inspector(page).get_by_label("To", exact=True).focus()
    page.keyboard.type("transform")
    inspector(page).get_by_role("button", name="Connect", exact=True).press("Enter")
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    node(page, "transform").focus()
    at_rest(page)
    before = node(page, "transform").bounding_box()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+s")
    saved(page, 1)
    after = node(page, "transform").bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] > before["y"]


def test_a_workflow_is_edited_in_the_outline_on_a_phone(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("On the way"))
    page = browsing.visit(f"/workflows/{workflow}", size="phone").page
    opened(page)
    no_sideways_scroll(page)
    page.get_by_role("button", name="Outline").tap()
    page.get_by_role("button", name=re.compile("^keep")).tap()
    page.get_by_role("button", name="Edit node").tap()
    sheet = page.get_by_role("dialog", name="Edit")
    sheet.get_by_label("Name", exact=True).fill("Kept on the phone")
    axe(page)
    sheet.get_by_role("button", name="Close").tap()
    page.get_by_role("button", name="Add", exact=True).tap()
    page.get_by_role("dialog", name="Add a node").get_by_role("button", name=re.compile("^End")).tap()
    expect(page.get_by_role("region", name="Outline of the workflow").get_by_role("listitem")).to_have_count(3)
    no_sideways_scroll(page)
    axe(page)
    page.get_by_role("button", name="Publish", exact=True).tap()
    saved(page, 2)
    names = [each.get("name", each["id"]) for each in product.get(f"/workflows/{workflow}")["definition"]["nodes"]]
    assert names == ["start", "Kept on the phone", "end"]


def test_a_viewer_can_look_and_sees_why_editing_is_blocked(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("To be looked at"))
    page = browsing.visit(f"/workflows/{workflow}", role="viewer").page
    opened(page)
    expect(page.get_by_test_id("save-state")).to_contain_text("read only: Your role (viewer) does not allow this.")
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    node(page, "keep").click()
    expect(inspector(page).get_by_label("Name", exact=True)).not_to_be_editable()
    page.keyboard.press("Delete")
    expect(node(page, "keep")).to_be_visible()
    axe(page)


def test_numbers_and_unknown_fields_survive_loading_and_saving(browsing: Browsing, product: Product) -> None:
    sent = f"""{{"definition": {{"name": "Exact", "tags": ["a"], "nodes": [{{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}},
        {{"id": "keep", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {{"values": {HARD_NUMBERS}}}, "retry": {{"max_attempts": 3}}}},
        {{"id": "route", "type": "FLOW_NODE", "subtype": "ROUTER", "custom_config": {{
            "rules": [{{"condition": "big > 1", "port": "on"}}], "default": "on"}}}},
        {{"id": "end", "type": "FLOW_NODE", "subtype": "END"}}],
        "connections": [{{"from": "start", "to": "keep"}}, {{"from": "keep", "to": "route"}}, {{"from": "route", "to": "end", "port": "on"}}]}}}}"""
    made = product.http.post("/workflows", content=sent, headers={"Content-Type": "application/json"})
    assert made.is_success, made.text
    workflow = made.json()["id"]
    before = _definition(product.http.get(f"/workflows/{workflow}"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    node(page, "start").click()
    inspector(page).get_by_label("Name", exact=True).fill("Begin")
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 2)
    after = _definition(product.http.get(f"/workflows/{workflow}"))
    assert after != before
    assert after.replace('"name": "Begin", ', "") == before
    inspector(page).get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 1 is the current one again")).to_be_visible()  # the same content, to the last digit
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.get_by_role("textbox", name="Definition as YAML")).to_contain_text("9007199254740993")


def test_a_large_number_is_edited_to_its_last_digit(browsing: Browsing, product: Product) -> None:
    steps = transform("Large numbers")
    next(step for step in steps["nodes"] if step["id"] == "keep")["parameters"]["values"] = {"big": 7615917337495251231}
    workflow = product.deploy(steps)
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    node(page, "keep").click()
    field = inspector(page).get_by_role("textbox", name="big", exact=True)
    expect(field).to_have_value("7615917337495251231")
    field.press("End")
    field.press("Backspace")
    field.type("3")
    expect(field).to_have_value("7615917337495251233")
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 2)
    assert '"big": 7615917337495251233' in _definition(product.http.get(f"/workflows/{workflow}"))
    for version, typed in ((3, "+7615917337495251237"), (4, "00007615917337495251239")):
        field.fill(typed)
        page.get_by_role("button", name="Publish", exact=True).click()
        saved(page, version)
        assert f'"big": {typed.lstrip("+0")}' in _definition(product.http.get(f"/workflows/{workflow}"))


def test_a_browser_before_2025_duplicates_copies_and_saves_every_digit(browsing: Browsing, product: Product) -> None:
    steps = transform("Old browser")
    next(step for step in steps["nodes"] if step["id"] == "keep")["parameters"]["values"] = {"big": 7615917337495251231}
    workflow = product.deploy(steps)
    page = browsing.visit("/workflows").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("delete JSON.rawJSON")
    page.goto(f"{product.url}/workflows/{workflow}")
    assert page.evaluate("() => JSON.rawJSON === undefined")
    opened(page)
    node(page, "keep").click()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(node(page, "keep_2")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 2)
    assert _definition(product.http.get(f"/workflows/{workflow}")).count('"big": 7615917337495251231') == 2
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Duplicate the workflow").click()
    expect(page.get_by_role("heading", name="Old browser copy")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 1)
    assert _definition(product.http.get(f"/workflows/{page.url.rpartition('/')[2]}")).count('"big": 7615917337495251231') == 2


def _definition(answer: httpx.Response) -> str:
    """Reads the definition with its numbers as they are written."""
    return json.dumps(json.loads(answer.text, parse_float=lambda text: f"float {text}")["definition"], sort_keys=True)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    chosen: Scheme = request.param
    return chosen


def test_builder_and_list_are_accessible(browsing: Browsing, product: Product, scheme: Scheme) -> None:
    workflow = product.deploy(DEMO / "weighing_report.yaml")
    page = browsing.visit(f"/workflows/{workflow}", scheme=scheme).page
    opened(page)
    axe(page)
    page.locator(".react-flow__node").nth(1).click()
    for tab in ("Parameters", "Settings", "Connections"):
        inspector(page).get_by_role("tab", name=tab).click()
        axe(page)
    page.get_by_role("button", name="What the lines mean").click()
    expect(page.get_by_role("group", name="Connection types").get_by_role("listitem")).to_have_count(15)  # 13 types, error, goto
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.get_by_role("textbox", name="Definition as YAML")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Run", exact=True).click()
    axe(page)
    page.keyboard.press("Escape")
    page.goto("/workflows")
    expect(page.get_by_role("list", name="Workflows").get_by_role("listitem").first).to_be_visible()
    axe(page)


def test_the_list_duplicates_and_deletes(browsing: Browsing, product: Product) -> None:
    product.deploy(transform("Listed"))
    page = browsing.visit("/workflows?search=Listed").page
    row = page.get_by_role("list", name="Workflows").get_by_role("listitem").filter(has_text="Listed")
    row.get_by_role("button", name="More of Listed").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.get_by_role("heading", name="Listed copy")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 1)
    page.get_by_role("link", name="Workflows").first.click()
    page.get_by_role("button", name="More of Listed copy").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog", name="Delete Listed copy?").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Listed copy deleted")).to_be_visible()
    expect(page.get_by_role("button", name="More of Listed copy")).to_have_count(0)
