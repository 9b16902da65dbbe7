"""A number of the contract means the same for ever, whatever happens to the models."""

import re
import shutil
from pathlib import Path

import pytest

from interlock.api.grpc.contract import SOURCES, contract, write_contract
from interlock.api.grpc.numbers import KnownMessage, read_known


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the contract, to be changed."""
    return Path(shutil.copytree(SOURCES, tmp_path / "v1"))


def _rewrite(sources: Path, file: str, before: str, after: str) -> None:
    path = sources / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_field_keeps_its_number_and_its_width(sources: Path) -> None:
    _rewrite(sources, "overview.proto", "int64 due = 2;", "int32 due = 17;")
    assert "  int32 due = 17;" in contract(sources)["overview.proto"]


def test_a_new_field_gets_the_next_number(sources: Path) -> None:
    """As far as the file knows, `queue` is new."""
    _rewrite(sources, "overview.proto", "  string queue = 1;\n", "")
    assert "  string queue = 7;" in contract(sources)["overview.proto"]


def test_the_number_and_name_of_a_field_that_is_gone_stay_reserved(sources: Path) -> None:
    _rewrite(sources, "overview.proto", "  string queue = 1;\n", "  string queue = 1;\n  string owner = 9;\n  int32 depth = 8;\n")
    for _ in range(2):
        write_contract(sources)
        message = re.search(r"message QueueSummary \{(.*?)\}", (sources / "overview.proto").read_text(encoding="utf-8"), re.DOTALL)
        assert message is not None
        assert '  reserved 8, 9;\n  reserved "depth", "owner";\n' in message[1]
        assert not re.search(r"= [89];", message[1])


def test_reserved_numbers_are_not_given_again() -> None:
    known = KnownMessage(numbers={"a": 1, "b": 2}, reserved={"c": 7})
    assert known.numbers_for(["b", "new", "a", "newer"]) == {"a": 1, "b": 2, "new": 8, "newer": 9}


def test_a_new_message_stands_in_the_file_of_the_message_that_holds_it(sources: Path) -> None:
    text = (sources / "overview.proto").read_text(encoding="utf-8")
    (sources / "overview.proto").write_text(re.sub(r"// [^\n]*\nmessage Durations \{.*?\n\}\n\n", "", text, flags=re.DOTALL), encoding="utf-8")
    assert "Durations" not in read_known(sources)
    made = contract(sources)
    assert [name for name, text in made.items() if "message Durations {" in text] == ["overview.proto"]
    assert made["overview.proto"].index("message Durations {") > made["overview.proto"].index("message QueueList {")


def test_a_word_of_an_enum_keeps_its_number_too(sources: Path) -> None:
    _rewrite(sources, "overview.proto", "  WORKER_STATUS_ALIVE = 1;\n", "  WORKER_STATUS_ASLEEP = 1;\n")
    written = contract(sources)["overview.proto"]
    assert '  reserved 1;\n  reserved "WORKER_STATUS_ASLEEP";\n' in written
    assert "  WORKER_STATUS_ALIVE = 4;\n" in written
