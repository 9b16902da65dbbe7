"""The first page: its workflow runs as printed, and its picture shows what it explains."""

import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.cli.command import ROOT, interlock

PAGE = ROOT / "docs" / "concepts" / "overview.md"
WORDS = ("workflow", "execution", "assignment", "token", "worker")


def test_its_workflow_runs_as_printed(tmp_path: Path, database_url: str) -> None:
    page = PAGE.read_text()
    (definition,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"^interlock (run .*)$", page, re.MULTILINE)
    words = shlex.split(command)
    path = tmp_path / words[1]
    path.write_text(definition)
    done = interlock("run", str(path), *words[2:], "--json", database=database_url)
    assert done.code == 0, done.said
    (said,) = re.findall(r"^Its output is `(.*?)`", page, re.MULTILINE)
    assert done.document["output"] == json.loads(said)
    assert len(done.document["assignments"]) == 5
    assert "the five assignments" in page


def test_it_explains_the_five_words_and_the_picture_shows_them() -> None:
    page = PAGE.read_text()
    assert tuple(re.findall(r"^\| \*\*(\w+)\*\* \|", page, re.MULTILINE)) == WORDS
    (picture,) = re.findall(r"!\[.*\]\((.*\.svg)\)", page)
    root = ET.parse(PAGE.parent / picture).getroot()
    shown = " ".join(" ".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")).lower()
    assert all(word in shown for word in WORDS)
    assert root.find("{http://www.w3.org/2000/svg}desc") is not None
