"""Lists that come in pages, read to their end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

ItemT_co = TypeVar("ItemT_co", covariant=True)


class PageOf(Protocol[ItemT_co]):
    """What every list answers with."""

    @property
    def items(self) -> Sequence[ItemT_co]: ...
    @property
    def next_cursor(self) -> str | None: ...


async def paginate(read: Callable[..., Awaitable[PageOf[ItemT_co]]], *arguments: Any, **named: Any) -> AsyncIterator[ItemT_co]:
    """Every item of a list.

    `async for user in paginate(client.list_users, search="ada")` reads page after page.

    What is added or removed meanwhile may or may not be among them; nothing comes twice.
    """
    cursor: str | None = None
    while True:
        page = await read(*arguments, **named, cursor=cursor)
        for item in page.items:
            yield item
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
