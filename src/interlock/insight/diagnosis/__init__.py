"""What is wrong with an installation. Each file asks about one part of it; `interlock doctor` and the overview of the API show the findings."""

from interlock.insight.diagnosis.diagnose import diagnose, diagnose_within

__all__ = ["diagnose", "diagnose_within"]
