"""What each operation does: one module for each service, one function for each operation, the same for REST and gRPC."""
