"""What ``tasks check`` says about how a variant's details are told: apart, where they say, and as they are recalled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from agentbench.probing import states
from agentbench.records import Detail, Recall, RenderedTask, TaskSpec, ToldIn
from agentbench.taskset.depth import ordinal_name
from agentbench.taskset.layers import instruction_files
from agentbench.taskset.rendering import files_stating, initial_value
from agentbench.taskset.templates import variables_of
from agentbench.taskset.variables import are_apart
from agentbench.taskset.wording import content_words


def detail_problems(rendered: RenderedTask, detail: Detail) -> Iterator[str]:
    """Yield what is wrong with one detail of a variant."""
    if detail.value is None:
        return
    initial = initial_value(rendered, detail)
    if initial is not None and initial in (detail.value, detail.stale):
        which = "expected" if initial == detail.value else "stale"
        yield f"its place holds the {which} value {initial!r} before the agent starts"
    if detail.stale is not None and not are_apart(detail.value, detail.stale):
        yield f"the stale value {detail.stale!r} is a near miss of {detail.value!r}; use 'differs' on its variable"
    yield from _telling_problems(rendered, detail, detail.value)


def _telling_problems(rendered: RenderedTask, detail: Detail, value: str) -> Iterator[str]:
    """Hold ``told_in`` against where the value, or each variable in it, really stands."""
    source = next(one for one in rendered.task.details if one.id == detail.id).value or ""
    atoms = [rendered.values[name] for name in sorted(variables_of(source)) if name in rendered.values]

    def tells(text: str) -> bool:
        return states(text, value) or (bool(atoms) and all(atom.lower() in text.lower() for atom in atoms))

    match detail.told_in:
        case ToldIn.HISTORY:
            yield from _history_problems(rendered, detail, atoms, tells)
            if states(rendered.instruction, value):
                yield "told_in is 'history', but the instruction states it too"
            if files := files_stating(rendered.workspace, value):
                yield f"told_in is 'history', but the workspace states it too, in {files[0]}"
            for fact in rendered.facts:
                if detail.stale and detail.id in fact.stale_for and detail.stale not in fact.text:
                    yield f"the fact '{fact.id}' does not state its stale value"
        case ToldIn.INSTRUCTION if not tells(rendered.instruction):
            yield "told_in is 'instruction', but instruction.md does not state it"
        case ToldIn.FOLLOW_UP if not any(map(tells, rendered.follow_ups)):
            yield "told_in is 'follow_up', but no follow-up states it"
        case ToldIn.FILE if not any(tells(file.data.decode(errors="replace")) for file in rendered.workspace.values()):
            yield "told_in is 'file', but no file of the workspace states it"
        case _:
            pass
    yield from _asking_problems(rendered, detail)


def _history_problems(
    rendered: RenderedTask, detail: Detail, atoms: Sequence[str], tells: Callable[[str], bool]
) -> Iterator[str]:
    telling = [fact for fact in rendered.facts if detail.id in fact.tells]
    if detail.recall is not Recall.COMBINED:
        yield from (f"the fact '{fact.id}' does not state it" for fact in telling if not tells(fact.text))
        return
    told: set[str] = set()
    for fact in telling:
        parts = {atom for atom in atoms if states(fact.text.lower(), atom.lower())}
        told |= parts
        if not parts:
            yield f"the fact '{fact.id}' states no part of it"
        elif tells(fact.text):
            yield f"the fact '{fact.id}' states all of it, and 'combined' means that no single one does"
    if missing := [atom for atom in atoms if atom not in told]:
        yield f"no fact states its part {missing[0]!r}"


def _asking_problems(rendered: RenderedTask, detail: Detail) -> Iterator[str]:
    """Hold ``recall`` against the words: a paraphrase shares none, an ordinal is asked for by ordinal."""
    asking = "\n".join([rendered.instruction, *rendered.follow_ups])
    telling = [fact for fact in rendered.facts if detail.id in fact.tells]
    if detail.recall is Recall.ORDINAL and detail.told_in is ToldIn.HISTORY:
        names = {name for source in _asking_sources(rendered.task) for name in variables_of(source)}
        for fact in telling:
            if ordinal_name(fact) not in names:
                yield f"recall is 'ordinal', but no instruction or follow-up says '{{{{ {ordinal_name(fact)} }}}}'"
    if detail.recall is not Recall.PARAPHRASED or detail.asked_as is None:
        return
    if " ".join(detail.asked_as.split()) not in " ".join(asking.split()):
        yield f"asked_as: {detail.asked_as!r} stands neither in the instruction nor in a follow-up"
    check = detail.check
    patterns = re.sub(r"\\.|\[[^\]]*\]", " ", check.regex or "")
    pointer = " ".join(filter(None, (check.json_, check.toml, check.yaml, check.ini, check.python, patterns)))
    for fact in telling:
        if shared := content_words(f"{detail.asked_as} {pointer}") & content_words(fact.text):
            yield (
                f"recall is 'paraphrased', but 'asked_as' or the place it is written to shares '{min(shared)}' with "
                f"the fact '{fact.id}'"
            )


def _asking_sources(task: TaskSpec) -> list[str]:
    return [*(file.read_text(encoding="utf-8") for file in instruction_files(task)), *task.follow_ups]
