"""Reads what happened in executions, how an installation is doing, and what is wrong with it. Changes nothing.

`records` holds what is read, as frozen values; the other modules read them from the database, each with one statement; `diagnosis` checks an
installation.
"""
