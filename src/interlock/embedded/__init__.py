"""The PostgreSQL that comes with Interlock."""
