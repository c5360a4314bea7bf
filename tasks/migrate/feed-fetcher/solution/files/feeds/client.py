"""The calls to the partner's API."""

import json

from feeds import settings
from feeds.parse import Item, items
from vendor import fetchkit3


class Feed:
    def __init__(self, transport=fetchkit3.network):
        self._client = fetchkit3.Client(
            settings.BASE_URL,
            timeouts=fetchkit3.Timeouts(connect=settings.CONNECT_TIMEOUT, read=settings.READ_TIMEOUT),
            retry=fetchkit3.Retry(attempts=settings.ATTEMPTS, backoff=settings.BACKOFF, statuses=(502, 503, 504)),
            per_host=settings.POOL,
            user_agent=settings.USER_AGENT,
            headers={"X-Tenant": settings.TENANT},
            follow_redirects=True,
            raise_for_status=False,
            transport=transport,
        )

    def since(self, day: str) -> list[Item]:
        """Return every item changed since a day, over all pages."""
        found: list[Item] = []
        page = 1
        while page:
            response = self._client.get("items", query={"since": day, "page": page})
            if response.status != 200:
                raise RuntimeError(f"items: status {response.status}")
            answer = json.loads(response.text)
            found += items(answer)
            page = answer["next"]
        return found

    def known(self, sku: str) -> bool:
        """Return whether the partner has an item."""
        return self._client.get(f"items/{sku}").status == 200

    def acknowledge(self, batch: str, count: int) -> bool:
        """Tell the partner how many items of a batch we stored; False if it refuses the batch."""
        body = json.dumps({"batch": batch, "count": count})
        return self._client.post("acks", "application/json", body).status < 400
