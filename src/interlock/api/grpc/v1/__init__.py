"""Generated from proto/interlock/v1 by `python -m interlock.api.grpc.generate`."""
