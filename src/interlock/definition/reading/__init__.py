"""Definitions from JSON and YAML text, bounded in every direction."""
