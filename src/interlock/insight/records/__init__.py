"""What is read about executions and an installation, as frozen values: one set for the command line, REST, gRPC and the client.

Reading needs a database; a record does not. So the modules here import nothing but Pydantic, and a client of a server uses the same classes.
"""
