"""Result files of MiniMax-Provider-Verifier and K2-Vendor-Verifier, read as the trials of a reference.

A result line holds the request that was sent and the reply that came. Both are taken as they stand and judged by this
tool's definitions; what the other tool made of them (``tool_calls_valid`` and so on) is not used. Lines are joined by
what was asked, never by their place in the file; ``data_index`` only tells equal requests of a set apart.

Files are the runs of one module (what MiniMax-Provider-Verifier calls a provider that it asked), and each that holds
a request is one loop of it. A line that failed there is a missing trial; of several lines for one request in one file
the last one that succeeded counts, since K2-Vendor-Verifier appends what it runs again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentbench.agent.replies import RawReply, parse_reply
from agentbench.errors import ModelRequestError, ReferenceMismatchError, StoreError
from agentbench.records import Case, Cell, Episode, EpisodeEnd, Outcome, RequestLine, ScoredEpisode
from agentbench.verify.asking import usage_of
from agentbench.verify.judging import score_request, settled
from agentbench.verify.preparing import LIMITS, SAMPLING, asked_digest, prepared
from agentbench.verify.reading import numbered_lines, parsed
from agentbench.verify.trajectory import trajectory_of

_KEYS = ("data_index", "request", "response", "status")
MINIMAX, K2VV = "MiniMax-Provider-Verifier", "K2-Vendor-Verifier"

Asked = Sequence[tuple[Cell, RequestLine]]
"""The cells of a run, with what is asked in each."""


@dataclass
class ForeignResults:
    """What result files hold for a run's cells."""

    scored: list[ScoredEpisode] = field(default_factory=list)
    loops: int = 0
    """Files that hold one and the same request, at most."""
    formats: set[str] = field(default_factory=set)
    model: str = "unknown"
    unknown: int = 0
    """Lines whose request is none of the run's."""
    other_limits: list[str] = field(default_factory=list)
    """Output limits that differ, as ``line 7: max_tokens 64000 there, 4096 here``."""


def result_files(place: Path) -> list[Path]:
    """Return a result file itself, or those below a directory (``loop_01/<module>/<module>_results.jsonl``) in order.

    Raises StoreError if there is none, or if they are of several modules: these are servers, no loops of each other.
    """
    if place.is_file():
        return [place]
    found = sorted(place.rglob("*results*.jsonl")) or sorted(place.rglob("*.jsonl"))
    if not found:
        raise StoreError(
            f"{place}: found neither a reference of agentbench (reference.json), a run (run.json) nor result files "
            "(*.jsonl); name one of these"
        )
    names = sorted({path.name for path in found})
    if len(names) > 1:
        raise StoreError(
            f"{place}: found results of {len(names)} modules ({', '.join(names[:3])}{', ...' if names[3:] else ''}), "
            f"expected those of one; name one file, or a directory in which the files of all loops have one name "
            f"(loop_01/{names[0]}, loop_02/{names[0]}, ...)"
        )
    return found


def read_results(files: Iterable[Path], asked: Asked, quant: str) -> ForeignResults:
    """Read result files as trials of the run's cells: a request's trials are the files that hold it, in their order.

    Raises:
        StoreError: a file cannot be read, a line is no result line, or one comes from another model or provider than
            those before it: file, line, key, found and expected are named.
        ReferenceMismatchError: no line holds a request of the run, or one was sampled differently.

    """
    found = ForeignResults()
    by_asked: dict[str, list[tuple[Cell, RequestLine]]] = {}
    for cell, line in asked:
        by_asked.setdefault(line.asked_digest, []).append((cell, line))
    lines = 0
    source: dict[str, str] = {}
    held: Counter[str] = Counter()
    for path in files:
        episodes: dict[str, Episode] = {}
        for number, row in _rows(path):
            lines += 1
            where = f"{path}: line {number}"
            _check_source(row, source, where)
            body = prepared(row["request"])
            asked_here = _find(row["data_index"], by_asked.get(asked_digest(body), []))
            found.formats.add(K2VV if "extra_body" in row else MINIMAX)
            if asked_here is None:
                found.unknown += 1
                continue
            cell, line = asked_here
            _check_sampling({**body, **(row.get("extra_body") or {})}, line, where, found.other_limits)
            case = Case(cell=cell, trial=held[cell.id])
            blank = Episode(case=case, quant=quant, outcome=Outcome.INFRA_SERVER, request=line)
            episode = _filled(blank, row, body, where)
            if episode.outcome.graded or cell.id not in episodes:
                episodes[cell.id] = episode
        held.update(episodes.keys())
        found.scored += [score_request(episode) for episode in episodes.values()]
    found.loops, found.model = max(held.values(), default=0), source.get("model", "unknown")
    if not found.scored:
        raise ReferenceMismatchError(
            f"{path}: none of its {lines} results answers a request of this set: their messages or tools differ; name "
            "the results of this very set"
        )
    return found


def _check_source(row: Mapping[str, Any], source: dict[str, str], where: str) -> None:
    """Refuse another server's answers; what a line does not name is taken to be as in the others."""
    for name, value in {"model": row["request"].get("model"), "provider": row.get("provider")}.items():
        if value and source.setdefault(name, str(value)) != str(value):
            raise StoreError(
                f"{where}: {name}: found {value}, expected {source[name]} as in the lines before it; answers of "
                "several servers are no loops of each other, so name the results of one"
            )


def _rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    for number, text in numbered_lines(content, str(path)):
        where = f"{path}: line {number}"
        try:
            row = parsed(text)
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{where}: found no JSON ({error}), expected one result line; is it cut off?") from None
        if not isinstance(row, dict):
            raise StoreError(f"{where}: found no object, expected a result line with {', '.join(_KEYS)}")
        missing = [key for key in _KEYS if key not in row]
        if missing:
            hint = "; this looks like a request set, not its results" if "messages" in row else ""
            raise StoreError(
                f"{where}: {missing[0]}: found no such key, expected a result line with {', '.join(_KEYS)}{hint}"
            )
        request = row["request"]
        messages = request.get("messages") if isinstance(request, dict) else None
        if not isinstance(messages, list) or not all(isinstance(one, dict) and "role" in one for one in messages):
            raise StoreError(
                f"{where}: request: found no list of messages in it, expected a chat-completions request (results of "
                "raw completions cannot be compared)"
            )
        if not isinstance(row.get("extra_body") or {}, dict):
            raise StoreError(f"{where}: extra_body: found {row['extra_body']!r}, expected an object")
        yield number, row


def _find(data_index: Any, candidates: Asked) -> tuple[Cell, RequestLine] | None:
    """Return the cell of a result: of equal requests the one of the same line, else the first."""
    same = [one for one in candidates if one[1].line == data_index]
    if same or len(candidates) == 1:
        return (same or list(candidates))[0]
    return None


def _check_sampling(theirs: Mapping[str, Any], line: RequestLine, where: str, other_limits: list[str]) -> None:
    ours = line.parameters
    for key in SAMPLING:
        if theirs.get(key) is not None and key in ours and ours[key] != theirs[key]:
            raise ReferenceMismatchError(
                f"{where}: {key}: found {theirs[key]}, expected {ours[key]}, with which line {line.line} is sampled "
                "here; give the family (or the line) the reference's sampling, or name a reference with this one"
            )
    limit = next((theirs[key] for key in LIMITS if theirs.get(key) is not None), None)
    here = next((ours[key] for key in LIMITS if ours.get(key) is not None), None)
    if limit is not None and limit != here:
        other_limits.append(f"line {line.line}: {limit} there, {here} here")


def _filled(blank: Episode, row: Mapping[str, Any], body: Mapping[str, Any], where: str) -> Episode:
    """Return the episode of a result line: judged if a reply came, else a missing trial with its error."""
    started = str(row.get("last_run_at") or "")
    if row["status"] != "success":
        error = row["response"] if isinstance(row["response"], dict) else {}
        text = error.get("error_message") or error.get("error") or "failed"
        return blank.model_copy(update={"error": str(text), "started_at": started})
    model = str(row["request"].get("model") or "unknown")
    try:
        reply = _reply(row)
        update = {
            "end": EpisodeEnd.ANSWERED,
            "trajectory": trajectory_of(blank.case.id, model, body, reply),
            "usage": usage_of(reply),
            "started_at": started,
            "duration_s": reply.duration_s,
        }
    except (ModelRequestError, AttributeError, TypeError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{where}: response: expected a chat.completion for status success ({first})") from None
    return settled(blank.model_copy(update=update))


def _reply(row: Mapping[str, Any]) -> RawReply:
    response, duration = row["response"], row.get("duration_ms")
    if not isinstance(response, dict):
        raise ModelRequestError("it is no object")
    return parse_reply(response, duration / 1000 if isinstance(duration, int | float) else 0.0)
