"""Accounts in whole cents."""

from __future__ import annotations

from dataclasses import dataclass, field


class Refused(Exception):
    """A posting that was not made; the reason is the whole message."""


@dataclass
class Account:
    name: str
    limit: int = 0
    """How far the balance may go below zero."""
    entries: list[tuple[int, str]] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return sum(cents for cents, _ in self.entries)

    def post(self, cents: int, text: str) -> None:
        if cents == 0:
            raise Refused("nothing to post")
        if self.balance + cents < -self.limit:
            raise Refused(f"limit of {self.name} reached")
        self.entries.append((cents, text))

    def interest(self, rate: float, days: int) -> float:
        return self.balance * rate * days / 365

    def statement(self) -> list[str]:
        lines = [f"{cents / 100:.2f} {text}" for cents, text in reversed(self.entries)]
        return [*lines, f"{self.balance / 100:.2f} balance"]

    def share(self, parts: int) -> list[int]:
        return [self.balance // parts] * parts


def transfer(source: Account, target: Account, cents: int) -> None:
    source.post(-cents, f"to {target.name}")
    target.post(cents, f"from {source.name}")
