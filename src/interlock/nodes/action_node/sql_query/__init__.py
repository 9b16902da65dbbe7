"""SQL statements on a database of the user's, never on the control plane's."""
