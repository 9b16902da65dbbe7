"""Workflow files: read, validated, compiled; what is wrong with one, as a person reads it."""
