"""Reads profiles and resolves what they extend."""

import copy
import json
import pathlib

from printfarm.errors import E_CYCLE, E_PARENT, ProfileError
from printfarm.merge import merged


class Library:
    """The profiles of a directory. Every file is read once and every profile is resolved once."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self._resolved: dict[str, dict] = {}

    def resolve(self, name: str, below: tuple[str, ...] = ()) -> dict:
        if name in below:
            raise ProfileError(E_CYCLE, " extends ".join((*below, name)))
        if name not in self._resolved:
            own = self._read(name)
            parent = own.pop("extends", None)
            base = self.resolve(parent, (*below, name)) if parent else {}
            self._resolved[name] = merged(base, own)
        return copy.deepcopy(self._resolved[name])

    def _read(self, name: str) -> dict:
        path = self._directory / f"{name}.json"
        if not path.is_file():
            raise ProfileError(E_PARENT, f"no profile {name}")
        return json.loads(path.read_text(encoding="utf-8"))
