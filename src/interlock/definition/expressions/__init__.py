"""Expressions: a bounded part of Python. They are parsed, evaluated, rendered into templates, and compiled for the database where they are plain."""
