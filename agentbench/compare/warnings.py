"""First-screen warnings as data, and the note on validity rates that disagree."""

from __future__ import annotations

from collections.abc import Sequence

from agentbench.compare.pairing import CellPair, Pairing
from agentbench.compare.tallies import mean_tally, tally
from agentbench.compare.wording import count, listed, percent
from agentbench.records import FirstScreenWarning, LockDifference, Metric, ServerInfo

ENOUGH_REFERENCE_TRIALS = 4


def comparison_warnings(
    pairing: Pairing, *, has_reference: bool, template_unverified: bool, ended_early: str = ""
) -> list[FirstScreenWarning]:
    """Return what a reader must know before the numbers, from the comparison itself.

    ``ended_early`` is where the reference ended, if it is a sequential run that did not take all its looks.
    """
    found = []
    if pairing.crashes:
        cells = listed([pair.cell.id for pair in pairing.crashes], 20)
        found.append(("engine_crash", f"the engine died twice on {cells}"))
    if not has_reference:
        found.append(("no_reference", "nothing to compare with: rates are absolute"))
    if ended_early:
        found.append(unfixed_warning("the reference", ended_early))
    k_ref = pairing.k_ref
    if k_ref is not None and k_ref < ENOUGH_REFERENCE_TRIALS:
        text = (
            f"the reference has {k_ref:.3g} trial{'' if k_ref == 1 else 's'} per cell: its own noise is in every "
            "comparison with it (with one trial, one reference in six gives over 10 % false alarms every night); "
            f"record it with at least {ENOUGH_REFERENCE_TRIALS}"
        )
        found.append(("k_ref", text))
    if pairing.quant_missing:
        names = listed([pair.cell.id for pair in pairing.cells if pair.quant_missing])
        share = percent(pairing.quant_missing_share)
        found.append(("missing", f"{count(pairing.quant_missing, 'trial')} of the quant ({share}) missing: {names}"))
    if pairing.reference_missing:
        text = f"{count(pairing.reference_missing, 'trial')} of the reference missing"
        found.append(("missing_reference", text))
    bare = pairing.unreferenced
    if has_reference and bare:
        text = f"{count(len(bare), 'planned cell')} without a reference trial, not compared: "
        found.append(("cells_without_reference", text + listed([pair.cell.id for pair in bare])))
    if template_unverified:
        text = (
            "the token ids of first requests are not known on both sides, which takes servers with /tokenize: prompts "
            "are unverified, and no metric can be called non-inferior"
        )
        found.append(("template_unverified", text))
    return [FirstScreenWarning(code=code, text=text) for code, text in found]


def unfixed_warning(name: str, where: str) -> tuple[str, str]:
    """Return the code and text that a run is no fair partner of a comparison, since it ended at an early look."""
    text = (
        f"{name} is a sequential run that ended at {where}: its estimates are biased towards what ended it, and "
        "p-values and bounds hold only for runs of fixed size, so the gated metrics have none; run both with the "
        "same --quant-trials N"
    )
    return "ended_early", text


def run_warnings(
    server: ServerInfo, soft_differences: Sequence[LockDifference], *, subset: bool
) -> list[FirstScreenWarning]:
    """Return what a reader must know from the server and the locks."""
    found = []
    if server.provenance is not None:
        found += [("kernel_fallback", text) for text in server.provenance.warnings]
    if server.preflight is not None and not server.preflight.tool_call:
        found.append(("no_tool_call", "asked for a tool call before the run, the model answered without one"))
    found += [("soft_lock", f"{one.key}: {one.ours} here, {one.theirs} in the reference") for one in soft_differences]
    if subset:
        found.append(("subset", "only a part of the suite was run"))
    return [FirstScreenWarning(code=code, text=text) for code, text in found]


def validity_note(pairs: Sequence[CellPair]) -> str:
    """Return a clause if three ways to average invalid calls disagree on which arm is worse, else an empty text.

    Compared are the pooled rate, the mean over clusters of their rates, and the share of episodes with any invalid
    call.
    """
    pooled, clustered, affected = [], [], []
    for arm in ("quant", "reference"):
        cells = [[tally(one, Metric.CALL_VALIDITY) for one in getattr(pair, arm)] for pair in pairs]
        means = [mean_tally(trials) for trials in cells]
        pooled.append(_ratio(sum(one.errors for one in means), sum(one.units for one in means)))
        clusters: dict[str, list[float]] = {}
        for pair, one in zip(pairs, means, strict=True):
            sums = clusters.setdefault(pair.cell.cluster, [0.0, 0.0])
            sums[0] += one.errors
            sums[1] += one.units
        rates = [errors / units for errors, units in clusters.values() if units]
        clustered.append(_ratio(sum(rates), len(rates)))
        affected.append(
            _ratio(sum(sum(one.errors > 0 for one in trials) / len(trials) for trials in cells), len(cells))
        )
    losses = [quant - reference for quant, reference in (pooled, clustered, affected)]
    if not (any(loss > 1e-9 for loss in losses) and any(loss < -1e-9 for loss in losses)):
        return ""
    shown = ", ".join(
        f"{name} {100 * loss:+.2f}"
        for name, loss in zip(("pooled", "mean over clusters", "episodes with any"), losses, strict=True)
    )
    return f"; ways to average invalid calls disagree in sign (points, positive is worse: {shown})"


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0
