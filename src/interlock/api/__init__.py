"""The faces that others talk to: REST, gRPC, the web pages, and who may do what."""
