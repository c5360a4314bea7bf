"""Copy errors in must-copy slots: places where only something that exists makes sense.

The agent noted, when each call ran, whether what was written exists and what stands closest. An *error* is a text that
does not exist but is close to one that does. A text that does not exist and resembles nothing is no failed copy (a
guess, a file that the model believes to have made) and no opportunity either: it is left out of both counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agentbench.records import CopyFinding
from agentbench.scoring.replies import Reply, clip


@dataclass
class CopyScores:
    """Errors, opportunities and findings over an episode."""

    opportunities: int = 0
    findings: list[CopyFinding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Slots that were written wrongly."""
        return len(self.findings)


def score_copying(replies: Sequence[Reply]) -> CopyScores:
    """Return the copy errors of an episode."""
    scores = CopyScores()
    for reply in replies:
        for slot in reply.copy_slots:
            if slot.exists:
                scores.opportunities += 1
            elif slot.nearest is not None:
                scores.opportunities += 1
                likeness = "" if slot.similarity is None else f" (likeness {slot.similarity:.2f})"
                scores.findings.append(
                    CopyFinding(
                        step_id=reply.step_id,
                        call_index=slot.call_index,
                        kind=slot.kind.value,
                        json_path=clip(slot.json_path),
                        written=clip(slot.written),
                        nearest=clip(slot.nearest),
                        explanation=f"written text does not exist; the nearest that does stands beside it{likeness}",
                        prompt_tokens=reply.prompt_tokens,
                    )
                )
    return scores
