"""A scorecard for people: the terminal's first screen and Markdown."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from agentbench.records import (
    DeclaredFormat,
    DetailClass,
    DetailFinding,
    FirstScreenWarning,
    KernelClass,
    KernelProvenance,
    LayerKernel,
    Rate,
    Scorecard,
    ServerInfo,
)
from agentbench.report import markdown_summary, print_summary
from agentbench.report.wording import fraction, percent, points
from tests.compare.compare_worlds import noisy, perfect, plan
from tests.compare.test_scorecard import card_of

CELLS = plan(12, 1)


def terminal(card: Scorecard, width: int = 140) -> str:
    out = io.StringIO()
    print_summary(Console(file=out, width=width, highlight=False), card, ["runs/x/scorecard.json"])
    return out.getvalue()


def degraded() -> Scorecard:
    """A quant that is much worse, with a warning and known kernels."""
    card = card_of(noisy(CELLS, 2, 1, worse=0.3), perfect(CELLS, 2), CELLS)
    warning = FirstScreenWarning(code="kernel_fallback", text="declared W4A4, ran [marlin] W4A16")
    return card.model_copy(update={"comparison": card.comparison.model_copy(update={"warnings": [warning]})})


def test_first_screen_verdict_first_then_warnings_numbers_worst_and_files() -> None:
    shown = terminal(degraded())
    lines = shown.splitlines()
    assert lines[0].startswith("sim clean: degraded | reference d")
    places = [shown.index(text) for text in ("warning: declared W4A4, ran [marlin] W4A16", "pass rate", "cells lost",
                                             "expected 'new', found 'old'", "outcomes: ", "wrote runs/x/")]  # fmt: skip
    assert places == sorted(places)
    for metric in ("call validity", "detail errors", "copy errors"):
        assert metric in shown
    for size in ("8k", "32k", "64k"):
        assert re.search(rf"\b{size}\b", shown)
    assert re.search(r"... and \d+ more wrong details in the scorecard", shown)


def test_it_says_which_losses_a_run_of_its_size_finds() -> None:
    card = degraded()
    mde = next(metric.mde_90 for metric in card.comparison.metrics if metric.mde_90 is not None)
    for text in (terminal(card, width=300), markdown_summary([card])):
        assert f"degraded nine times in ten (points): pass rate {100 * mde:.1f}, " in text
    assert "nine times in ten" not in terminal(card_of(perfect(CELLS), None, CELLS))


def test_every_rate_comes_with_its_parts() -> None:
    for metric in degraded().comparison.metrics:
        assert fraction(metric.quant) in terminal(degraded())
        assert re.fullmatch(r"[\d.]+ % \([\d.]+/[\d.]+\)", fraction(metric.quant))


def test_a_run_without_a_reference_and_one_without_episodes_are_shown() -> None:
    bare = card_of(perfect(CELLS), None, CELLS, reference_id=None, reference_lock=None)
    assert "| no reference" in terminal(bare)
    empty = card_of([], None, [])
    assert "outcomes:" in terminal(empty)
    assert "## sim / clean: inconclusive" in markdown_summary([empty])


def test_a_subset_is_called_one() -> None:
    assert "sim clean (subset): " in terminal(card_of(perfect(CELLS), perfect(CELLS), CELLS, subset=True))


def test_declared_and_actual_kernels_stand_side_by_side() -> None:
    provenance = KernelProvenance(
        declared=DeclaredFormat(format="nvfp4-pack-quantized", kernel_class=KernelClass.NATIVE_W4A4),
        ran=[LayerKernel(layer="moe", name="marlin", kernel_class=KernelClass.WEIGHT_ONLY, log_line="using marlin")],
    )
    card = degraded().model_copy(
        update={"server": ServerInfo(kind="vllm", base_url="", model="m", provenance=provenance)}
    )
    for text in (terminal(card), markdown_summary([card])):
        assert f"declared: nvfp4-pack-quantized ({KernelClass.NATIVE_W4A4.value})" in text
        assert f"moe: marlin ({KernelClass.WEIGHT_ONLY.value})" in text


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of all table rows."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]


def test_markdown_has_a_section_per_scorecard_with_whole_tables() -> None:
    text = markdown_summary([degraded(), card_of(perfect(CELLS), perfect(CELLS), CELLS)])
    verdicts = re.findall(r"^## sim / clean: (.*)", text, re.M)
    assert len(verdicts) == 2
    assert verdicts[0] == "degraded"
    assert "- **Warning:** declared W4A4" in text
    assert text.count("<details>") == text.count("</details>") >= 2
    widths = [len(cells) for cells in rows(text)]
    assert set(widths) <= {5, 7}


@pytest.mark.parametrize("value", ["a|b", "a\nb", "`x` ``y``", "<b>", "v" * 500, "", None])
def test_what_a_model_wrote_cannot_break_the_table(value: str | None) -> None:
    finding = DetailFinding(
        detail_id="d", detail_class=DetailClass.HALLUCINATED, is_constraint=False, expected="new", found=value,
        told_in="history", recoverable=True, explanation="",
    )  # fmt: skip
    scored = [one.model_copy(update={"detail_findings": [finding]}) for one in perfect(CELLS[:1])]
    text = markdown_summary([card_of(scored, None, CELLS[:1])])
    last = rows(text)[-1]
    assert len(last) == 5
    assert len(last[4]) < 140
    assert last[4].strip() == "-" if value is None else last[4].strip()[0] == last[4].strip()[-1] == "`"


def test_wording_of_numbers() -> None:
    assert (percent(None), percent(0.1234), points(-0.012), points(None)) == ("-", "12.3 %", "-1.2", "-")
    assert fraction(None) == "-"
    assert fraction(Rate(numerator=0, denominator=0, value=None)) == "- (0/0)"
    assert fraction(Rate(numerator=27, denominator=29, value=27 / 29)) == "93.1 % (27/29)"


def test_what_stands_beside_the_verdicts_is_short() -> None:
    cells = plan(45, 1, (8192, 32768))
    confused = [one.model_copy(update={"language_runs": 2}) for one in noisy(cells, 1, 1, worse=0.1)]
    card = card_of(confused, perfect(cells, 2), cells)
    for shown in (terminal(card), markdown_summary([card])):
        assert re.search(r"\d+ cells lost, 0 gained; the reference against itself would flip about 0\.0", shown)
        assert "effective context length: quant 32k (at least" in shown
        assert "output length beside the reference's: 1.00" in shown
        assert "more episodes with language confusion: 100.0 % (90/90) beside 0.0 % (0/90)" in shown
    few = card_of(perfect(CELLS), perfect(CELLS, 4), CELLS)
    assert "effective context length: unknown (12 clusters at a size, and at least 40 are needed)" in terminal(few)
    assert "not gated" not in terminal(few)
