"""What the driver sends and receives: text with the id of its type, converted here and not by the driver. Imported when a connection is made."""

from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader, PyFormat

from interlock.nodes.action_node.sql_query.binding import Bound


class _BoundDumper(Dumper):
    """Sends a value with the type that was chosen for it."""

    def get_key(self, obj: Bound, format: PyFormat) -> tuple[type, int]:  # type: ignore[override]  # noqa: A002, ARG002  the signature is the driver's
        return (Bound, obj.oid)

    def upgrade(self, obj: Bound, format: PyFormat) -> "_BoundDumper":  # noqa: A002, ARG002  the signature is the driver's
        dumper = _BoundDumper(Bound)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: Bound) -> Buffer | None:
        return None if obj.text is None else obj.text.encode()


class _RawLoader(Loader):
    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def new_adapters() -> AdaptersMap:
    """Returns adapters that know `Bound` values, and give every column as the bytes that the server sent."""
    adapters = AdaptersMap()
    adapters.register_dumper(Bound, _BoundDumper)
    adapters.register_loader(0, _RawLoader)
    return adapters
