"""Wherever an error is shown, it has its code, its message, its hint and its usual cause."""

from typing import Any

from playwright.sync_api import Locator, expect

from interlock.assignment_errors import CODES
from tests.browser.browsing import Browsing, axe
from tests.browser.conftest import Left
from tests.browser.product import Product

BEGIN = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}


def one_node(name: str, **node: Any) -> dict[str, Any]:
    return {"name": name, "nodes": [BEGIN, {"id": "work", **node}], "connections": [{"from": "begin", "to": "work"}]}


def expect_division_by_zero(shown: Locator) -> None:
    expect(shown).to_contain_text("expression_bad_value")
    expect(shown).to_contain_text("The expression divides by zero.")
    expect(shown).to_contain_text("total / n if n else 0")
    expect(shown).to_contain_text(f"Usual cause: {CODES['expression_bad_value'].cause}")


def test_an_execution_its_node_and_the_builder_show_all_of_an_error(browsing: Browsing, left: Left) -> None:
    page = browsing.visit(f"/executions/{left.failed}").page
    expect_division_by_zero(page.get_by_role("region", name="Failed at average"))
    page.get_by_role("button", name="Look at the node").click()
    expect_division_by_zero(page.get_by_role("region", name="Why it failed"))
    axe(page)
    page.get_by_role("link", name="Fix in the builder").click()
    expect(page.get_by_role("region", name="Failed execution")).to_contain_text("failed at average")
    expect_division_by_zero(page.get_by_role("region", name="What happened here"))


def test_an_execution_is_retried_from_the_builder_when_its_workflow_is_fixed(browsing: Browsing, product: Product) -> None:
    definition = one_node("Half an hour", type="ACTION_NODE", subtype="TRANSFORM", parameters={"values": {"minutes": "{{ 60 / parts }}"}})
    failed = product.run(product.deploy(definition), {"parts": 0}, until="failed")
    page = browsing.visit(f"/executions/{failed}").page
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Open in the builder").click()
    bar = page.get_by_role("region", name="Failed execution")
    expect(bar.get_by_role("button", name="Retry without a change")).to_be_visible()
    page.get_by_role("textbox", name="minutes", exact=True).fill("{{ 60 / (parts or 2) }}")
    bar.get_by_role("button", name="Publish, then retry").click()
    bar.get_by_role("button", name="Retry from the failed node on version 2").click()
    expect(page.get_by_role("button", name="work Completed")).to_be_visible()
    expect(page.get_by_role("region", name="Output")).to_contain_text("30")


def test_an_error_of_an_author_is_shown_as_the_author_wrote_it(browsing: Browsing, product: Product) -> None:
    definition = one_node("Refused order", type="FLOW_NODE", subtype="FAIL", parameters={"code": "order_refused", "message": "Nobody sells this."})
    page = browsing.visit(f"/executions/{product.run(product.deploy(definition), {}, until='failed')}").page
    why = page.get_by_role("region", name="Failed at work")
    expect(why).to_contain_text("order_refused")
    expect(why).to_contain_text("Nobody sells this.")
    expect(why).not_to_contain_text("Usual cause")


def test_why_an_execution_does_not_move_is_shown_with_what_to_do(browsing: Browsing, product: Product) -> None:
    definition = one_node("Nobody there", type="ACTION_NODE", subtype="RUN_CODE", parameters={"code": "1"}, queue="heavy")
    page = browsing.visit(f"/executions/{product.run(product.deploy(definition), {})}").page
    why = page.get_by_role("region", name="Why is it not moving?")
    expect(why).to_contain_text("No worker is alive for the queue heavy.")
    expect(why).to_contain_text("interlock worker --queue heavy")


def test_the_list_of_errors_is_loaded_with_the_first_error_that_is_shown(browsing: Browsing, left: Left) -> None:
    context = browsing.context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url) if "/assets/codes-" in request.url else None)
    page = browsing.open_in(context, f"/executions/{left.completed}").page
    expect(page.get_by_role("region", name="Output")).to_be_visible()
    assert asked == []
    page.goto(f"/executions/{left.failed}")
    expect(page.get_by_text("Usual cause:")).to_be_visible()
    assert len(asked) == 1
