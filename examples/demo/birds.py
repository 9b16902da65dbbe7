"""Reads the data set as inputs of executions."""

import csv
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data" / "penguins.csv"
DECIMALS: Final = ("bill_length_mm", "bill_depth_mm")
INTEGERS: Final = ("flipper_length_mm", "body_mass_g")


def read_birds(limit: int | None = None) -> list[dict[str, Any]]:
    """Returns one object for each record; an empty field is null. A limit takes records from the whole file, incomplete ones first."""
    with DATA.open(newline="") as file:
        birds = [_typed(row) for row in csv.DictReader(file)]
    if limit is None or limit >= len(birds):
        return birds
    incomplete = [bird for bird in birds if None in (bird["sex"], bird["body_mass_g"])][: limit // 4]
    others = [bird for bird in birds if bird not in incomplete]
    step = len(others) / (limit - len(incomplete))
    return incomplete + [others[int(number * step)] for number in range(limit - len(incomplete))]


def _typed(row: dict[str, str]) -> dict[str, Any]:
    bird: dict[str, Any] = {name: value or None for name, value in row.items()}
    for name in DECIMALS:
        bird[name] = float(row[name]) if row[name] else None
    for name in INTEGERS:
        bird[name] = int(row[name]) if row[name] else None
    return bird
