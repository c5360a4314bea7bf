"""Which reply wrote a detail's value, and by which of its calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agentbench.probing import whole_word
from agentbench.records import Detail, Episode, WritingCall
from agentbench.scoring.replies import Reply, clip, read_replies
from agentbench.scoring.written import Leaf, file_of, leaves, plain_path, puts_somewhere

LINE_CHARS = 200


@dataclass(frozen=True)
class Writing:
    """One text that a reply wrote."""

    reply: Reply
    leaf: Leaf
    found_at: int = 0
    """Where in the text what was looked for begins."""

    @property
    def file(self) -> str | None:
        """The file that the call is about."""
        return file_of(self.reply.parsed[self.leaf.call_index])

    def goes_to(self, file: str | None) -> bool:
        """Return whether it writes that file, or is a command that names it; any text goes to no file in particular."""
        if file is None:
            return True
        if self.file is not None:
            return self.file == file
        return re.search(whole_word(file), str(self.leaf.value)) is not None


class Writings:
    """What the replies of one episode wrote, looked up once."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self._all = [
            Writing(reply, leaf)
            for reply in replies
            for leaf in leaves(reply)
            if isinstance(leaf.value, str) and puts_somewhere(leaf)
        ]

    def of_value(self, detail: Detail, value: str) -> Writing | None:
        """Return the first writing of a value into the detail's file, else the first one anywhere."""
        pattern, file = re.compile(whole_word(value)), _file(detail)
        found = ((one, pattern.search(str(one.leaf.value))) for one in self._all)
        holding = [Writing(one.reply, one.leaf, match.start()) for one, match in found if match is not None]
        return next((one for one in holding if one.goes_to(file)), holding[0] if holding else None)

    def last_to_file(self, detail: Detail) -> Writing | None:
        """Return the last writing of the detail's file; none for details that a command reads."""
        file = _file(detail)
        return next((one for one in reversed(self._all) if file is not None and one.goes_to(file)), None)


def writing_call(episode: Episode, detail_id: str, value: str) -> WritingCall | None:
    """Return the call of an episode that wrote ``value`` for a detail; none where no call did literally."""
    detail = next((one for one in episode.details if one.id == detail_id), None)
    if detail is None or not value:
        return None
    found = Writings(read_replies(episode.trajectory)).of_value(detail, value)
    if found is None:
        return None
    index = found.leaf.call_index
    return WritingCall(
        case_id=episode.case.id,
        step_id=found.reply.step_id,
        call_index=index,
        tool=clip(found.reply.calls[index].name or ""),
        file=None if found.file is None else clip(found.file),
        line=clip(_line(str(found.leaf.value), found.found_at)),
        value=clip(value),
    )


def _file(detail: Detail) -> str | None:
    return None if detail.check.file is None else plain_path(detail.check.file)


def _line(text: str, at: int) -> str:
    """Return the line around a place, and of a long one the part around it."""
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    begin = max(begin, at - LINE_CHARS // 2)
    return text[begin : min(end, begin + LINE_CHARS)].strip()
