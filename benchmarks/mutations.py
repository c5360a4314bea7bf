"""What a model's slip looks like: an atom's tokens, one of them dropped, doubled, swapped or replaced.

Made with a real tokenizer and nothing of the detector's: it knows tokens, not words, letters or edit distances.
"""

from __future__ import annotations

import random
from pathlib import Path

from tokenizers import Tokenizer


class Mutator:
    """Mutates texts by one edit of one token."""

    def __init__(self, tokenizer_json: Path, seed: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_json))
        self._random = random.Random(seed)
        texts = {self._tokenizer.decode([index]): index for index in range(self._tokenizer.get_vocab_size())}
        self._letters = [index for text, index in texts.items() if text.isascii() and text.isalpha()]
        self._digits = [index for text, index in texts.items() if text.isascii() and text.isdigit()]

    def count(self, text: str) -> int:
        """Return the number of tokens."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def cut(self, text: str, tokens: int) -> str:
        """Return the start of a text of at most so many tokens."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return text if len(encoding.ids) <= tokens else text[: encoding.offsets[tokens - 1][1]]

    def mutate(self, text: str) -> str | None:
        """Return a text with one of its tokens changed; None if no try gives a text that keeps its outer shape."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        for _ in range(20):
            found = self._tokenizer.decode(self._edited(list(ids)))
            if found != text and found.strip() == found and found and "\n" not in found and "\ufffd" not in found:
                return found
        return None

    def _edited(self, ids: list[int]) -> list[int]:
        at = self._random.randrange(len(ids))
        ways = ["double", "replace"] + (["drop", "swap"] if len(ids) > 1 else [])
        way = self._random.choice(ways)
        if way == "drop":
            del ids[at]
        elif way == "double":
            ids.insert(at, ids[at])
        elif way == "swap":
            other = at + 1 if at + 1 < len(ids) else at - 1
            ids[at], ids[other] = ids[other], ids[at]
        else:
            token = self._tokenizer.decode([ids[at]])
            # like for like: letters by letters, digits by digits of the same number, other signs by letters
            pool = [one for one in self._digits if len(self._tokenizer.decode([one])) == len(token)]
            ids[at] = self._random.choice(pool if token.isdigit() and pool else self._letters)
        return ids
