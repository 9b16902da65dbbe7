"""What the pages tell people to type is real: commands, targets of make, variables, addresses and nodes. Blocks that can run alone run elsewhere."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from interlock.cli.app import build_app
from interlock.definition import NodeDefinition, read_yaml, validate_definition
from interlock.nodes import NodeExecutorFactory
from tests.acceptance.test_docs import PAGES
from tests.cli.command import ROOT

BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
WRITTEN = [page for page in PAGES if "decisions" not in page.parts]


def code_of(page: Path) -> list[str]:
    """Every line of the blocks of a page, continued lines joined, and every piece of code inside its text."""
    text = page.read_text()
    blocks = "".join(BLOCK.findall(text)).replace("\\\n", " ")
    return [*blocks.splitlines(), *INLINE.findall(BLOCK.sub("", text))]


def commands_of(page: Path) -> list[list[str]]:
    """The words of every `interlock …`, without variables before it and comments behind it."""
    found = []
    for line in code_of(page):
        match = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?interlock ((?!\d|[a-z]+ \|)[a-z-]+.*)$", line.strip())
        if match is not None and "…" not in line and " | " not in match[1]:
            found.append(shlex.split(match[1], comments=True))
    return found


def parsed(words: list[str]) -> None:
    """Reads the words as the command line does, and runs nothing."""
    command: Any = typer.main.get_command(build_app())
    while hasattr(command, "commands"):
        name, *words = [word for word in words if word != "--help"] or [""]
        if not name:
            return
        assert name in command.commands, f"there is no command {name}"
        command = command.commands[name]
    context = command.context_class(command, info_name=command.name)
    command.make_parser(context).parse_args(args=list(words))


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_one_that_there_is(page: Path) -> None:
    for words in commands_of(page):
        parsed(words)


def test_commands_are_found_and_wrong_ones_are_noticed() -> None:
    assert ["worker", "--queue", "default=100"] in commands_of(ROOT / "docs" / "how-to" / "deploy.md")
    assert ["users", "reset-password", "EMAIL"] in commands_of(ROOT / "docs" / "concepts" / "security.md")
    assert sum(len(commands_of(page)) for page in WRITTEN) > 40
    for wrong in (["runn"], ["worker", "--cue", "default"], ["users", "forget", "EMAIL"]):
        with pytest.raises(Exception, match=r"no command|No such option"):
            parsed(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_of_make_is_one_that_there_is(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) | {"test-engine", "test-commands", "test-api"}
    named = {match for line in code_of(page) for match in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)", line)}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_is_one_that_the_code_reads(page: Path) -> None:
    code = "".join(path.read_text() for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py"))
    named = set(re.findall(r"\bINTERLOCK_[A-Z_]+[A-Z]\b", page.read_text()))
    assert {name for name in named if name not in code and not name.startswith("INTERLOCK_SQL_")} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_address_is_an_operation(page: Path) -> None:
    paths = json.loads((ROOT / "web" / "openapi.json").read_text())["paths"]
    known = {re.sub(r"\{\w+\}", "*", path) for path in paths}
    for address in set(re.findall(r"/api/v1/[\w/{}-]*[\w}]", page.read_text())):
        shape = re.sub(r"\{\w+\}", "*", address)
        assert any(re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]+"), shape) for pattern in known), address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_workflow_is_valid_and_every_list_of_nodes_can_be_read(page: Path) -> None:
    node_types = NodeExecutorFactory.from_entry_points()
    for block in YAML.findall(page.read_text()):
        value = read_yaml(block)
        if isinstance(value, list):
            assert [NodeDefinition.model_validate(each).id for each in value]
        elif "nodes" in value and page.name != "write-your-own-node.md":
            assert validate_definition(value, node_types).errors == ()
