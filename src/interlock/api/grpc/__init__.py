"""gRPC: the operations of the API as protobuf messages; the contract is `proto/interlock/v1`."""
