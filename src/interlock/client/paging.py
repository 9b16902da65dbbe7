"""Reads lists to their end, page after page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

ItemT_co = TypeVar("ItemT_co", covariant=True)


class PageOf(Protocol[ItemT_co]):
    """A page of any list."""

    @property
    def items(self) -> Sequence[ItemT_co]: ...
    @property
    def next_cursor(self) -> str | None: ...


async def paginate(read: Callable[..., Awaitable[PageOf[ItemT_co]]], *arguments: Any, **named: Any) -> AsyncIterator[ItemT_co]:
    """Yields every item of a list.

    `async for user in paginate(client.list_users, search="ada")` reads page after page.

    An item that is added or removed meanwhile may or may not be among them; no item comes twice.
    """
    cursor: str | None = None
    while True:
        page = await read(*arguments, **named, cursor=cursor)
        for item in page.items:
            yield item
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
