"""REST: every operation as HTTP, made from the table of operations; and the web pages."""
