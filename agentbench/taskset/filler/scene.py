"""The names that all filler of one history shares: a made-up project with its services, people and machines."""

from __future__ import annotations

import random
import re
from collections.abc import Collection
from dataclasses import dataclass

from agentbench.taskset.wordlists import WORDS

_ROLES = """
api worker gateway ingest scheduler relay indexer ledger mailer exporter notifier resolver archive search importer
planner router session webhook catalog
""".split()  # noqa: SIM905
_PEOPLE = """
Aino Amir Anouk Bela Carla Chidi Dagny Devika Elif Emeka Farid Greta Hanna Ines Ivo Jonas Kaito Leila Linus Mara Mateo
Mina Nadia Nils Olga Omar Pavel Petra Quirin Rosa Ruben Saskia Selma Tariq Teodor Uma Vera Wanda Yara Zoran
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Scene:
    """One project's names."""

    project: str
    services: tuple[str, ...]
    people: tuple[str, ...]
    nouns: tuple[str, ...]
    """Words for modules, functions, settings and branches."""
    year: int

    @classmethod
    def make(cls, stream: random.Random, avoid: Collection[str]) -> Scene:
        """Draw a scene whose words stand in none of the texts to avoid."""
        taken = {word for text in avoid for word in re.findall(r"[a-z]+", text.lower())}
        words = [word for word in WORDS if word not in taken]
        roles = [role for role in _ROLES if role not in taken]
        people = [name for name in _PEOPLE if name.lower() not in taken]
        picked = stream.sample(words, 48)
        return cls(
            project=picked[0],
            services=tuple(f"{word}-{role}" for word, role in zip(picked[1:9], stream.sample(roles, 8), strict=True)),
            people=tuple(stream.sample(people, 9)),
            nouns=tuple(picked[9:]),
            year=stream.randint(2021, 2026),
        )
