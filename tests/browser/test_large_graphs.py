"""A graph that is too large to be drawn as a whole: its visible nodes are at their places."""

import re

from playwright.sync_api import expect

from tests.browser.browsing import Browsing
from tests.browser.product import Product

NODES = 700
NODE_WIDTH = 200


def test_connections_begin_and_end_at_their_nodes(browsing: Browsing, product: Product) -> None:
    chain = [f"n{number}" for number in range(NODES)]
    step = {"type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"a": 1}}}
    definition = {
        "name": "Long chain",
        "nodes": [{"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *[{"id": node, **step} for node in chain]],
        "connections": [{"from": origin, "to": target} for origin, target in zip(["begin", *chain], chain, strict=False)],
    }
    page = browsing.visit(f"/workflows/{product.deploy(definition)}").page
    begin = page.locator('.react-flow__node[data-id="begin"]')
    expect(begin).to_be_visible(timeout=60_000)
    first = page.locator(".react-flow__edge path").first
    beside = "|".join(str(NODE_WIDTH + pixels) for pixels in range(10))  # half a dot
    expect(first).to_have_attribute("d", re.compile(rf"^M({beside})[ ,]"))
