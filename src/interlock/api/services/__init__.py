"""What each operation does: one module per concept, one function per operation, the same for REST and gRPC."""
