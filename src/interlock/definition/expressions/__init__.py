"""Expressions: Python's, bounded. Read, evaluated, rendered into templates, and compiled for the database where they are plain."""
