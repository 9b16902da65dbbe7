"""The positions of nodes are part of the definition: everybody sees them, in the builder and in the graph of an execution."""

import re
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, at_rest
from tests.browser.product import Product
from tests.browser.test_builder import inspector, node, opened, saved, transform

Places = dict[str, tuple[float, float]]

FOUR: Final[dict[str, Any]] = {
    "name": "Arranged by hand",
    "nodes": [
        {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        *({"id": name, "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {name: 1}}} for name in ("left", "right", "last")),
    ],
    "connections": [
        {"from": "start", "to": "left"},
        {"from": "start", "to": "right"},
        {"from": "left", "to": "last"},
        {"from": "right", "to": "last"},
    ],
}


_PLACES: Final = """() => Object.fromEntries([...document.querySelectorAll(".react-flow__node")].map((node) => {
    const { m41, m42 } = new DOMMatrix(getComputedStyle(node).transform);
    return [node.dataset.id, [m41, m42]];
}))"""


def places(page: Page) -> Places:
    """Returns the positions of the nodes in the drawing, whatever part of it is visible."""
    found: dict[str, list[float]] = page.evaluate(_PLACES)
    return {name: (x, y) for name, (x, y) in found.items()}


def until_places(page: Page, expected: Places) -> None:
    page.wait_for_function(f"(expected) => Object.entries(({_PLACES})()).every(([id, at]) => `${{at}}` === `${{expected[id]}}`)", arg=expected)


def drag(page: Page, name: str, by: tuple[int, int]) -> None:
    box = node(page, name).bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2, steps=4)
    page.mouse.move(x + by[0], y + by[1], steps=4)
    page.mouse.up()
    at_rest(page)  # the new position is drawn a moment later


def positions(product: Product, workflow: str) -> dict[str, Any]:
    return {each["id"]: each.get("position") for each in product.get(f"/workflows/{workflow}")["definition"]["nodes"]}


def test_everybody_sees_a_drawing_as_it_was_arranged(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(FOUR)
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    before = places(page)
    drag(page, "right", (40, 220))
    expect(page.get_by_test_id("save-state")).to_have_text("changed since version 1")
    after = places(page)
    assert after["right"][1] > before["right"][1] + 100
    assert {name: place for name, place in after.items() if name != "right"} == {name: place for name, place in before.items() if name != "right"}
    page.get_by_role("button", name="Publish", exact=True).click()
    saved(page, 2)
    assert positions(product, workflow) == {name: dict(zip("xy", place, strict=True)) for name, place in after.items()}

    other = browsing.visit(f"/workflows/{workflow}", role="viewer").page
    opened(other)
    until_places(other, after)
    execution = browsing.visit(f"/executions/{product.run(workflow, until='completed')}").page
    opened(execution)
    until_places(execution, after)
    page.reload()
    opened(page)
    until_places(page, after)


def test_each_drag_is_one_step_and_the_layout_removes_all_positions(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy({**FOUR, "name": "Dragged about"})
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    steps = [places(page)]
    for name, by in (("right", (0, 160)), ("right", (60, 0)), ("last", (80, 80))):
        drag(page, name, by)
        steps.append(places(page))
    assert len({str(step) for step in steps}) == 4
    page.get_by_role("button", name="Text", exact=True).click()
    editor = page.get_by_role("textbox", name="Definition as YAML")
    expect(editor).to_contain_text("position:")
    page.get_by_role("button", name="Canvas", exact=True).click()
    page.get_by_role("button", name="Lay out anew").click()
    until_places(page, steps[0])
    expect(page.get_by_test_id("save-state")).to_have_text("version 1")
    for step in reversed(steps[1:]):
        page.keyboard.press("Control+z")
        until_places(page, step)
    page.keyboard.press("Control+z")
    until_places(page, steps[0])
    expect(page.get_by_test_id("save-state")).to_have_text("version 1")


def test_versions_list_moved_nodes_in_one_line(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Moved about"))
    moved = transform("Moved about", name="Kept", position={"x": 500, "y": 300})
    changed = product.http.put(f"/workflows/{workflow}", json={"definition": moved}, headers={"If-Match": '"1"'})
    assert changed.is_success
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    assert places(page)["keep"] == (500, 300)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Versions").click()
    dialog = page.get_by_role("dialog", name="Versions")
    expect(dialog.get_by_text("1 node moved in the drawing: Kept")).to_be_visible()
    expect(dialog.locator("code").get_by_text("position")).to_have_count(0)
    expect(dialog.locator("ins").get_by_text("Kept")).to_be_visible()


def test_an_invalid_position_is_an_error_at_its_place_and_moves_nothing(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy(transform("Put nowhere"))
    page = browsing.visit(f"/workflows/{workflow}").page
    opened(page)
    before = places(page)
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_role("button", name="JSON", exact=True).click()
    editor = page.get_by_role("textbox", name="Definition as JSON")
    editor.click()
    page.keyboard.press("Control+Home")
    for wrong in ('{"x": "left", "y": 0}', '{"x": 1e308, "y": 0}', '{"x": 0}'):
        editor.press("Control+a")
        drawn = str(transform("Put nowhere", position="HERE")).replace("'HERE'", wrong).replace("'", '"')
        page.keyboard.insert_text(drawn)
        expect(page.get_by_test_id("error-count").first).to_have_text(re.compile("^1 error"))
        until_places(page, before)
    page.get_by_test_id("error-count").first.click()
    expect(page.get_by_role("list", name="Errors and warnings")).to_contain_text("y is missing.")
    page.get_by_role("list", name="Errors and warnings").get_by_role("button").click()
    expect(inspector(page)).to_be_visible()
