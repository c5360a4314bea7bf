"""The calls to the partner's API."""

import json

from feeds import settings
from feeds.parse import Item, items
from vendor import fetchkit2


class Feed:
    def __init__(self, transport=fetchkit2.network):
        self._session = fetchkit2.Session(
            settings.BASE_URL,
            timeout=(settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT),
            retries=settings.RETRIES,
            backoff=settings.BACKOFF,
            pool=settings.POOL,
            agent=settings.USER_AGENT,
            transport=transport,
        )
        self._session.headers["X-Tenant"] = settings.TENANT

    def since(self, day: str) -> list[Item]:
        """Return every item changed since a day, over all pages."""
        found: list[Item] = []
        page = 1
        while page:
            status, text = self._session.fetch("items", {"since": day, "page": page})
            if status != 200:
                raise RuntimeError(f"items: status {status}")
            answer = json.loads(text)
            found += items(answer)
            page = answer["next"]
        return found

    def known(self, sku: str) -> bool:
        """Return whether the partner has an item."""
        status, _ = self._session.fetch(f"items/{sku}")
        return status == 200

    def acknowledge(self, batch: str, count: int) -> bool:
        """Tell the partner how many items of a batch we stored; False if it refuses the batch."""
        status, _ = self._session.send("acks", json.dumps({"batch": batch, "count": count}), "application/json")
        return status < 400
