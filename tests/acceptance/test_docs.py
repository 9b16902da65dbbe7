"""The pages of the documentation: no link is dead, every page is on the map, and every decision has the same form."""

import re
from pathlib import Path

import pytest

from tests.cli.command import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def links_of(page: Path) -> list[str]:
    return [link for link in LINK.findall(CODE.sub("", page.read_text())) if not link.startswith(("http://", "https://"))]


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


def test_the_map_has_every_page() -> None:
    listed = {((ROOT / "docs") / link).resolve() for link in links_of(ROOT / "docs" / "README.md")}
    missing = [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page.parent.name != "decisions" and page.name != "README.md"]
    assert not [str(page.relative_to(ROOT)) for page in missing if page not in listed]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_has_its_number_in_the_title_and_a_question_a_choice_and_a_price(page: Path) -> None:
    text = page.read_text()
    assert re.match(rf"# {page.name[:4]}\. \S", text)
    assert [text.count(f"\n**{part}.** ") for part in ("Question", "Choice", "Price")] == [1, 1, 1]
    assert re.search(r"\*\*Question\.\*\*(.*?)\n\n", text, re.DOTALL)[1].rstrip().endswith("?")  # type: ignore[index]
    assert text.index("**Question.**") < text.index("**Choice.**") < text.index("**Price.**")
