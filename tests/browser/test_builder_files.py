"""Definitions as files: an export can be imported unchanged, and a file without a definition does no harm."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import FilePayload, Page, expect

from interlock.definition import WorkflowDefinition, definition_checksum, read_yaml
from interlock.json_text import read_json
from tests.browser.browsing import Browsing
from tests.browser.product import Product
from tests.browser.test_builder import HARD_NUMBERS, node, opened

DRAWN: Final = (
    '{"name": "To a file", "description": "Two: lines\\n# and no comment", "tags": ["on", "2024"], "nodes": ['
    '{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL", "position": {"x": -0.5, "y": 120}},'
    '{"id": "no", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": NUMBERS}, "retry": {"max_attempts": 3}},'
    '{"id": "end", "type": "FLOW_NODE", "subtype": "END"}],'
    '"connections": [{"from": "start", "to": "no"}, {"from": "no", "to": "end"}]}'
).replace("NUMBERS", HARD_NUMBERS)
BOMB: Final = "\n".join([f"a0: &a0 [{', '.join('x' * 10)}]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)), "nodes: []"])
HOSTILE: Final = [
    ("latin.yaml", "name: Büro".encode("latin-1"), "latin.yaml: It is not text in UTF-8"),
    ("large.json", b" " * 20_000_000, "large.json: It is larger than 1 MiB."),
    ("bomb.yaml", BOMB.encode(), "bomb.yaml: Its aliases stand for more than a definition can hold"),
    ("deep.yaml", b"[" * 100_000, "It is nested too deep."),
    ("package.json", b'{"name": "react", "version": "19.0.0"}', "package.json: It has no nodes, so it is not a workflow."),
    ("picture.yaml", b"\x89PNG\r\n\x1a\n\0\0", "picture.yaml: It is not text in UTF-8"),
]


def export(page: Page, kind: str, folder: Path) -> Path:
    page.get_by_role("button", name="More").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=f"Export as {kind}").click()
    kept = folder / download.value.suggested_filename
    download.value.save_as(kept)
    return kept


def choose(page: Page, file: Path | FilePayload) -> None:
    page.get_by_role("button", name="More").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Import a file").click()
    chooser.value.set_files(file)


def checksum(raw: Any) -> str:
    return definition_checksum(WorkflowDefinition.model_validate(raw))


@pytest.mark.parametrize("kind", ["YAML", "JSON"])
def test_an_export_is_imported_unchanged_to_the_last_digit(browsing: Browsing, product: Product, tmp_path: Path, kind: str) -> None:
    drawn = DRAWN.replace("To a file", f"To a file of {kind}")
    made = product.http.post("/workflows", content=f'{{"definition": {drawn}}}', headers={"Content-Type": "application/json"})
    assert made.is_success, made.text
    page = browsing.visit(f"/workflows/{made.json()['id']}").page
    opened(page)
    file = export(page, kind, tmp_path)
    assert file.name == f"to_a_file_of_{kind.lower()}.{kind.lower()}"
    read = read_yaml(file.read_bytes()) if kind == "YAML" else read_json(file.read_bytes())
    assert checksum(read) == checksum(json.loads(drawn))

    node(page, "no").click()
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("save-state")).to_have_text("changed since version 1")
    choose(page, file)
    expect(node(page, "no")).to_be_visible()
    expect(page.get_by_test_id("save-state")).to_have_text("version 1")
    page.keyboard.press("Control+z")
    expect(node(page, "no")).to_have_count(0)


def test_a_file_without_a_workflow_is_refused_and_the_draft_stays(browsing: Browsing, product: Product) -> None:
    made = product.http.post("/workflows", content=f'{{"definition": {DRAWN}}}', headers={"Content-Type": "application/json"})
    assert made.is_success, made.text
    page = browsing.visit(f"/workflows/{made.json()['id']}").page
    opened(page)
    node(page, "end").click()
    page.keyboard.press("Delete")
    for name, content, message in HOSTILE:
        choose(page, {"name": name, "mimeType": "application/octet-stream", "buffer": content})
        expect(page.get_by_text(message)).to_be_visible()
        expect(page.locator(".react-flow__node b")).to_have_text(["start", "no"])
    expect(page.get_by_test_id("save-state")).to_have_text("changed since version 1")
    page.locator(".react-flow__pane").click(position={"x": 30, "y": 300})
    page.keyboard.press("Control+z")
    expect(page.locator(".react-flow__node b")).to_have_text(["start", "no", "end"])
    expect(page.get_by_test_id("save-state")).to_have_text("version 1")
