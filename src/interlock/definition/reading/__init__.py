"""Reads definitions from JSON and YAML text, within limits."""
