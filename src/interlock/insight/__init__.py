"""Looking in from outside: executions as they went, and what is wrong with an installation. Reads only, never changes."""
