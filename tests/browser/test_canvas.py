"""The canvas is the page: how much of it is visible, where new nodes appear, and that nothing moves that nobody touched."""

import json
import re
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, Visit, at_rest, axe
from tests.browser.product import Product
from tests.browser.test_builder import add, builder, inspector, node, opened, palette, port, saved, transform
from tests.browser.test_builder_arranging import FOUR, Places, places, until_places

__all__ = ["builder"]  # the fixture of the builder's other tests

SHARE: Final = 0.65
READABLE: Final = 0.6


def twenty() -> dict[str, Any]:
    """A workflow of 20 nodes: four branches that are joined, and what follows errors."""
    step = {"type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"a": 1}}}
    nodes: list[dict[str, Any]] = [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}]
    connections: list[dict[str, Any]] = []
    for branch in range(4):
        before = "start"
        for number in range(4):
            nodes.append({"id": f"b{branch}_{number}", **step})
            connections.append({"from": before, "to": f"b{branch}_{number}"})
            before = f"b{branch}_{number}"
        connections.append({"from": before, "to": "join"})
    nodes[1] |= {"on_error": "port"}
    nodes += [{"id": "join", "type": "FLOW_NODE", "subtype": "JOIN"}, {"id": "report", **step}, {"id": "alarm", **step}]
    connections += [{"from": "join", "to": "report"}, {"from": "b0_0", "port": "error", "to": "alarm"}]
    return {"name": "Twenty nodes", "nodes": nodes, "connections": connections}


def zoom(page: Page) -> float:
    found: float = page.evaluate('() => new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform).a')
    return found


def moved(before: Places, after: Places) -> list[str]:
    """Returns the nodes that were there before and stand elsewhere now."""
    return [name for name, place in before.items() if name in after and after[name] != place]


def in_sight(page: Page, name: str) -> bool:
    """Whether a node is in the window and nothing covers it."""
    at_rest(page)
    box = node(page, name).bounding_box()
    assert box is not None
    found: bool = page.evaluate(
        "([name, x, y]) => document.elementFromPoint(x, y)?.closest('.react-flow__node')?.dataset.id === name",
        [name, box["x"] + box["width"] / 2, box["y"] + 20],
    )
    return found


def test_with_the_inspector_open_most_of_the_width_is_canvas(browsing: Browsing, product: Product) -> None:
    page = browsing.visit(f"/workflows/{product.deploy(transform('As wide as it can be'))}").page
    opened(page)
    node(page, "keep").click()
    for name in ("Pin the inspector", "Let the inspector slide"):
        expect(inspector(page)).to_be_visible()
        canvas, panel = page.get_by_role("region", name="Canvas").bounding_box(), inspector(page).bounding_box()
        assert canvas is not None
        assert panel is not None
        visible = min(canvas["x"] + canvas["width"], panel["x"]) - canvas["x"]
        assert visible / 1440 >= SHARE
        assert in_sight(page, "keep")
        inspector(page).get_by_role("button", name=name).click()
    navigation = page.get_by_role("navigation", name="Main", exact=True)
    expect(navigation.get_by_role("link", name="Executions")).to_be_visible()
    axe(page)


def test_twenty_nodes_fit_and_can_be_read(browsing: Browsing, product: Product) -> None:
    definition = twenty()
    assert len(definition["nodes"]) == 20
    page = browsing.visit(f"/workflows/{product.deploy(definition)}").page
    opened(page)
    assert zoom(page) >= READABLE
    area = page.get_by_role("region", name="Canvas").bounding_box()
    assert area is not None
    for each in page.locator(".react-flow__node").all():
        box = each.bounding_box()
        assert box is not None
        assert area["x"] <= box["x"]
        assert box["x"] + box["width"] <= area["x"] + area["width"]
        assert area["y"] <= box["y"]
        assert box["y"] + box["height"] <= area["y"] + area["height"]
    drawn = places(page)
    assert len({drawn[name][1] for name in ("start", "join", "report")}) == 1, "the main line is not straight"
    assert drawn["alarm"][1] > drawn["b0_0"][1], "what follows an error is not below"


def test_nodes_that_nobody_touched_never_move(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy({**FOUR, "name": "Left alone"})
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    before = places(page)

    def nothing_moved() -> None:
        at_rest(page)
        assert moved(before, places(page)) == []
        before.update(places(page))

    node(page, "left").click()
    add(page, "Join")
    nothing_moved()
    assert in_sight(page, "join")
    page.keyboard.press("Escape")
    node(page, "right").click()
    page.keyboard.press("Control+d")
    expect(node(page, "right_2")).to_be_visible()
    nothing_moved()
    page.evaluate(
        """(text) => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        json.dumps({"nodes": [{"id": "far", "type": "FLOW_NODE", "subtype": "JOIN", "position": {"x": 90_000, "y": 0}}], "connections": []}),
    )
    expect(node(page, "far")).to_be_visible()
    nothing_moved()
    assert in_sight(page, "far")
    node(page, "join").click()
    page.get_by_role("tab", name="Connections").click()
    inspector(page).get_by_label("To", exact=True).select_option("far")
    inspector(page).get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator(".react-flow__edge")).to_have_count(6)
    nothing_moved()
    page.keyboard.press("Escape")
    node(page, "right_2").click()
    page.keyboard.press("Delete")
    expect(node(page, "right_2")).to_have_count(0)
    nothing_moved()
    page.keyboard.press("Control+z")
    expect(node(page, "right_2")).to_be_visible()
    nothing_moved()
    page.keyboard.press("Control+s")
    saved(page, 2)
    page.reload()
    opened(page)
    until_places(page, before)
    execution = browsing.visit(f"/executions/{product.run(workflow)}").page
    opened(execution)
    until_places(execution, before)


def test_a_node_is_inserted_into_a_connection(browsing: Browsing, product: Product) -> None:
    page = browsing.visit(f"/workflows/{product.deploy(transform('With a gap'))}").page
    opened(page)
    line = page.locator(".react-flow__edge")
    line.hover()
    line.get_by_test_id("insert").click()
    dialog = page.get_by_role("dialog", name="What comes between?")
    expect(dialog.get_by_role("button", name=re.compile("^Manual"))).to_have_count(0)
    dialog.get_by_role("textbox").fill("wait")
    page.keyboard.press("Enter")
    expect(node(page, "wait")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    expect(page.get_by_role("group", name="Connection from start to wait")).to_be_attached()
    expect(page.get_by_role("group", name="Connection from wait to keep")).to_be_attached()
    page.get_by_role("button", name=re.compile("^Undo: add Wait")).click()
    expect(page.locator(".react-flow__edge")).to_have_count(1)


def test_a_connection_that_is_dropped_asks_what_comes_next(builder: Visit) -> None:
    page = builder.page
    at_rest(page)
    start = port(page, "start").bounding_box()
    assert start is not None
    page.mouse.move(start["x"] + 6, start["y"] + 6)
    page.mouse.down()
    page.mouse.move(start["x"] + 120, start["y"] + 90, steps=6)
    page.mouse.up()
    dialog = page.get_by_role("dialog", name="What comes next?")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("schedule")
    expect(dialog.get_by_text("No node type matches")).to_be_visible()  # a trigger makes no sense here
    dialog.get_by_role("textbox").fill("code")
    page.keyboard.press("Enter")
    expect(node(page, "run_code")).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    assert in_sight(page, "run_code")


def test_the_menu_of_a_node_has_every_command_with_its_key(browsing: Browsing, product: Product) -> None:
    page = browsing.visit(f"/workflows/{product.deploy(transform('With a menu'))}").page
    opened(page)
    node(page, "keep").click(button="right")
    menu = page.get_by_role("menu", name="Commands for the node")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    expect(menu.get_by_role("menuitem", name="Duplicate")).to_contain_text("Ctrl D")
    axe(page)
    menu.get_by_role("menuitem", name="Duplicate").click()
    expect(node(page, "keep_2")).to_be_visible()
    node(page, "start").focus()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menu", name="Commands for the node")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".react-flow__pane").click(button="right", position={"x": 300, "y": 600})
    menu = page.get_by_role("menu", name="Commands for the canvas")
    menu.get_by_role("menuitem", name="Select all").click()
    expect(inspector(page).get_by_role("heading", name="3 nodes")).to_be_visible()
    page.keyboard.press("Alt+Shift+ArrowLeft")
    at_rest(page)
    assert len({x for x, _ in places(page).values()}) == 1
    expect(page.get_by_role("button", name="Undo: move 3 nodes")).to_be_visible()


def test_a_menu_opened_by_a_key_has_its_first_item_focused_and_no_tooltip_over_it(builder: Visit) -> None:
    page = builder.page
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    expect(page.get_by_role("tooltip")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More", exact=True).hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("menu")).to_be_visible()
    page.wait_for_timeout(600)  # longer than a tooltip takes to appear
    expect(page.get_by_role("tooltip")).to_have_count(0)


def test_the_palette_is_used_by_keys_and_gives_the_focus_back(builder: Visit) -> None:
    page = builder.page
    node(page, "start").focus()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Add a node").get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(node(page, "start")).to_be_focused()
    expect(palette(page)).to_be_visible()
    axe(page)


def test_notes_and_groups_are_part_of_the_workflow(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy({**FOUR, "name": "Explained"})
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    page.locator(".react-flow__pane").click(position={"x": 300, "y": 620}, button="right")
    page.get_by_role("menuitem", name="Add a note").click()
    page.get_by_label("Text of the note").fill("# Why\nBoth branches are **weighed**")
    page.keyboard.press("Escape")
    note = page.locator(".react-flow__node-note")
    expect(note.get_by_text("weighed")).to_be_visible()
    page.locator(".react-flow__pane").click(position={"x": 60, "y": 620})
    node(page, "left").click()
    node(page, "right").click(modifiers=["Shift"])
    page.keyboard.press("Control+g")
    name = page.get_by_label("Name of the group")
    name.fill("Branches")
    axe(page)
    before = places(page)
    frame = page.locator(".react-flow__node-frame").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 8, frame["y"] + frame["height"] - 8)
    page.mouse.down()
    page.mouse.move(frame["x"] + 28, frame["y"] + frame["height"] + 52, steps=5)
    page.mouse.up()
    at_rest(page)
    assert {"left", "right"} <= {*moved(before, places(page))} <= {"left", "right", "group:group_1"}
    page.keyboard.press("Control+s")
    saved(page, 2)
    definition = product.get(f"/workflows/{workflow}")["definition"]
    assert [(group["name"], group["nodes"]) for group in definition["groups"]] == [("Branches", ["left", "right"])]
    assert definition["notes"][0]["text"].startswith("# Why")
    drawn = places(page)
    execution = browsing.visit(f"/executions/{product.run(workflow)}").page
    opened(execution)
    until_places(execution, drawn)
    expect(execution.get_by_text("Branches", exact=True)).to_be_visible()
    expect(execution.get_by_text("weighed")).to_be_visible()


def test_a_loop_that_nothing_ends_is_a_warning_at_its_node(browsing: Browsing, product: Product) -> None:
    if_node = {"id": "more", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "context.n < 5"}}
    again = {"id": "again", "type": "FLOW_NODE", "subtype": "GOTO", "parameters": {"target": "more"}}
    definition = transform("Round and round")
    nodes = [*definition["nodes"], if_node, again]
    connections = [{"from": "start", "to": "more"}, {"from": "more", "port": "true", "to": "again"}, {"from": "more", "port": "false", "to": "keep"}]
    page = browsing.visit(f"/workflows/{product.deploy({**definition, 'nodes': nodes, 'connections': connections})}").page
    opened(page)
    expect(page.locator(".react-flow__node", has_text="1 warning")).to_have_count(1)
    page.get_by_test_id("error-count").first.click()
    expect(page.get_by_role("list", name="Errors and warnings")).to_contain_text("loop_without_end")


def test_nodes_show_their_errors_of_the_last_day(browsing: Browsing, product: Product) -> None:
    failing = {"id": "divide", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"a": "{{ 1 / zero }}"}}}
    definition = transform("Too hot")
    nodes = [*definition["nodes"], failing]
    workflow = product.deploy({**definition, "nodes": nodes, "connections": [{"from": "start", "to": "divide"}, {"from": "divide", "to": "keep"}]})
    for _ in range(2):
        product.run(workflow, {"zero": 0}, until="failed")
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    page.get_by_role("button", name="Errors of the last day").click()
    expect(node(page, "divide")).to_contain_text("2 errors during the last day")
    expect(node(page, "keep")).not_to_contain_text("during the last day")
    axe(page)
