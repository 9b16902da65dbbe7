"""Test runs: a definition that need not be saved, or a part of it, made ready to run."""
