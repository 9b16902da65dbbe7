from interlock.cli.reference import write_reference
from tests.cli.command import ROOT

PAGE = ROOT / "docs" / "reference" / "command-line.md"


def test_the_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text() == write_reference(), "run: python -m interlock.cli.reference docs/reference/command-line.md"
