"""The numbers of fields in the contract. A number that is given once means the same for ever."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_BLOCK: Final = re.compile(r"^(?:message|enum) (\w+) \{(.*?)\}", re.MULTILINE | re.DOTALL)
_FIELD: Final = re.compile(r"^  (?:(?:optional |repeated )?(map<[^>]*>|[\w.]+) )?(\w+) = (\d+);", re.MULTILINE)
_RESERVED_NUMBERS: Final = re.compile(r"^  reserved ([\d, ]+);", re.MULTILINE)
_RESERVED_NAMES: Final = re.compile(r"^  reserved (\".*\");", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message or an enum in the present files: its file, the numbers and types of its fields by name, and what is reserved."""

    file: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    reserved: Mapping[str, int] = field(default_factory=dict)

    def numbers_for(self, names: Sequence[str]) -> dict[str, int]:
        """Returns the number of each name: the one that it has, or the next free one."""
        numbers = {name: self.numbers[name] for name in names if name in self.numbers}
        following = max([0, *self.numbers.values(), *self.reserved.values()]) + 1
        for name in names:
            if name not in numbers:
                numbers[name] = following
                following += 1
        return numbers

    def reserved_lines(self, present: set[str]) -> Iterator[str]:
        """Returns the lines that keep removed names and numbers from being used again."""
        gone = {**self.reserved, **{name: number for name, number in self.numbers.items() if name not in present}}
        if gone:
            yield f"  reserved {', '.join(str(number) for number in sorted(gone.values()))};\n"
            yield f"  reserved {', '.join(f'{chr(34)}{name}{chr(34)}' for name, _ in sorted(gone.items(), key=lambda item: item[1]))};\n"


def read_known(sources: Path) -> Mapping[str, KnownMessage]:
    """Reads every message and enum in the files of a folder, in order."""
    texts = {path.stem: re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8")) for path in sorted(sources.glob("*.proto"))}
    return {name: _known(file, body) for file, text in texts.items() for name, body in _BLOCK.findall(text)}


def _known(file: str, body: str) -> KnownMessage:
    fields = _FIELD.findall(body)
    numbers = [int(number) for found in _RESERVED_NUMBERS.findall(body) for number in found.split(",")]
    names = [name.strip('" ') for found in _RESERVED_NAMES.findall(body) for name in found.split(",")]
    return KnownMessage(
        file,
        {name: int(number) for _, name, number in fields},
        {name: kind for kind, name, _ in fields},
        dict(zip(names, numbers, strict=True)),
    )
