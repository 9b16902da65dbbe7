"""REST: every operation over HTTP, made from the table of operations; and the web pages."""
