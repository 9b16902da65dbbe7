"""Quantiles of a sample."""

from collections.abc import Sequence
from math import ceil


def quantile(sample: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the sample does not exceed (nearest rank)."""
    ordered = sorted(sample)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
