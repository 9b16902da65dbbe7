"""What goes into the operations of the API and comes out of them: the same in REST, gRPC and the Python client."""
