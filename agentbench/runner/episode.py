"""One episode, from a rendered task to trajectory and evidence: a plain function of picklable records.

What goes wrong is an outcome, not an exception: the server's, the sandbox's, the verifier's and the harness's own
failures are four different ``infra:*`` outcomes. Only what makes the whole run pointless is raised: a cancelled run, a
context that cannot be built, and a first request that is not the reference's.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agentbench.agent import AgentRun, ChatClient, TurnNote, run_agent, system_prompt, tool_schemas
from agentbench.errors import (
    CancelledError,
    ContextPlanError,
    ModelRequestError,
    ReferenceMismatchError,
    SandboxError,
    ServerDiedError,
    VerifierError,
)
from agentbench.grading import Workplace
from agentbench.records import (
    Case,
    ContextInfo,
    Episode,
    EpisodeEnd,
    Evidence,
    ModelFamily,
    Outcome,
    RenderedTask,
    SandboxSpec,
    TaskSpec,
    digest,
)
from agentbench.sandbox import DockerProvider, Sandbox
from agentbench.taskset import BuiltContext, TokenCounter, build_context, plain_messages, render, solution_files

SIZE_TOLERANCE = 0.01


@dataclass(frozen=True)
class EpisodeJob:
    """What to run. Picklable, so that it can be sent to another machine."""

    case: Case
    task: TaskSpec
    family: ModelFamily
    quant: str
    seed: int
    image: str
    attempt: int = 1
    allow_network: bool = False
    reference_token_digest: str | None = None
    """Of the reference's first request for this cell; a difference refuses the comparison."""


@dataclass(frozen=True)
class Workbench:
    """The live resources of one process that episodes share."""

    provider: DockerProvider
    client: ChatClient
    counter: TokenCounter


def run_episode(
    job: EpisodeJob,
    bench: Workbench,
    cancel: threading.Event,
    on_turn: Callable[[TurnNote], None] | None = None,
) -> Episode:
    """Run and grade one case.

    Raises:
        CancelledError: ``cancel`` was set.
        ContextPlanError: the context cannot be built to its size, or the server counts it differently.
        ReferenceMismatchError: the first request's token ids differ from the reference's.
    """
    attempt = _Attempt(job, bench, cancel, on_turn)
    try:
        attempt.run()
    except (CancelledError, ContextPlanError, ReferenceMismatchError):
        raise
    except ServerDiedError as error:
        attempt.fail(Outcome.INFRA_SERVER, error)
    except SandboxError as error:
        attempt.fail(Outcome.INFRA_SANDBOX, error)
    except VerifierError as error:
        attempt.fail(Outcome.INFRA_VERIFIER, error)
    except ModelRequestError as error:
        attempt.fail(Outcome.INFRA_HARNESS, error)
    except Exception as error:  # noqa: BLE001 - a defect of ours must cost one episode, be named, and be counted missing
        attempt.fail(Outcome.INFRA_HARNESS, error, detail=traceback.format_exc(limit=-3))
    finally:
        attempt.close()
    if cancel.is_set() and not attempt.outcome.graded:
        raise CancelledError(f"{job.case.id}: cancelled")
    return attempt.episode()


def sampling_seed(seed: int, case: Case) -> int:
    """Return the request seed of a case: trials differ, and a rerun repeats."""
    return int(digest(f"{seed}:{case.id}")[:8], 16) & 0x7FFFFFFF


def sandbox_spec(task: TaskSpec, image: str, case_id: str, *, allow_network: bool) -> SandboxSpec:
    """Return the container to start for a task."""
    needs = task.sandbox
    return SandboxSpec(
        image=image,
        profile=needs.profile,
        workdir=needs.workdir or ("/workspace" if task.native else ""),
        user=needs.user,
        cpus=needs.cpus,
        memory_mb=needs.memory_mb,
        workspace_mb=needs.workspace_mb,
        env=needs.env,
        network=allow_network and needs.needs_network,
        case_id=case_id,
    )


class _Attempt:
    """The state of one run_episode call, so that a failure half-way still gives a whole Episode."""

    def __init__(
        self,
        job: EpisodeJob,
        bench: Workbench,
        cancel: threading.Event,
        on_turn: Callable[[TurnNote], None] | None,
    ):
        self.job, self.bench, self.cancel, self.on_turn = job, bench, cancel, on_turn
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.started = time.monotonic()
        self.outcome = Outcome.INFRA_HARNESS
        self.error: str | None = None
        self.rendered: RenderedTask | None = None
        self.context: ContextInfo | None = None
        self.agent: AgentRun | None = None
        self.evidence: Evidence | None = None
        self.sandbox: Sandbox | None = None
        self.setup_s = 0.0
        self.grading_s = 0.0

    def run(self) -> None:
        job, family = self.job, self.job.family
        self.rendered = rendered = render(job.task, job.case.cell.variant, job.seed)
        tools = tool_schemas(family.tools)
        messages = self._build_context(rendered, tools)
        spec = sandbox_spec(job.task, job.image, job.case.id, allow_network=job.allow_network)
        self.sandbox = sandbox = self.bench.provider.create(spec)
        place = Workplace(rendered, sandbox, self.bench.provider, spec)
        place.lay_out()
        self.setup_s = time.monotonic() - self.started
        self.agent = run_agent(
            messages=messages,
            follow_ups=rendered.follow_ups,
            sandbox=sandbox,
            tools=family.tools,
            client=self.bench.client,
            family=family,
            case=job.case,
            seed=sampling_seed(job.seed, job.case),
            cancel=self.cancel,
            on_turn=self.on_turn,
            go_on=place.advance if rendered.steps else None,
        )
        grading_started = time.monotonic()
        self.evidence = place.grade()
        self.grading_s = time.monotonic() - grading_started
        self.outcome, self.error = outcome_of(self.agent.end, self.evidence)

    def _build_context(self, rendered: RenderedTask, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
        job, family, size = self.job, self.job.family, self.job.case.cell.context_tokens
        prompt = system_prompt(family.tools)
        if size:
            built = build_context(
                rendered,
                size,
                tools=tools,
                system_prompt=prompt,
                counter=self.bench.counter,
                seed=job.seed,
                plan=job.case.cell.context_plan,
                reasoning_field=family.reasoning_field,
            )
        else:
            messages = plain_messages(rendered, system_prompt=prompt, reasoning_field=family.reasoning_field)
            built = _plain_context(messages, tools, self.bench.counter)
        ids = self.bench.client.tokenize(built.messages, tools)
        self.context = ContextInfo(
            planned_tokens=size,
            prompt_tokens=len(ids) if ids else built.prompt_tokens,
            counted_by="server" if ids else built.counted_by,
            request_digest=built.request_digest,
            token_digest=digest(ids) if ids else None,
            told=built.told,
        )
        self._check_context(self.context)
        return built.messages

    def _check_context(self, context: ContextInfo) -> None:
        case = self.job.case.id
        off = abs(context.prompt_tokens - context.planned_tokens)
        if context.planned_tokens and off > SIZE_TOLERANCE * context.planned_tokens:
            raise ContextPlanError(
                f"{case}: the context was planned at {context.planned_tokens} tokens and the server counts "
                f"{context.prompt_tokens}; the family's tokenizer or chat_template is not the server's"
            )
        expected = self.job.reference_token_digest
        if expected and context.token_digest and context.token_digest != expected:
            raise ReferenceMismatchError(
                f"{case}: the server renders the first request to other token ids ({context.token_digest[:12]}) than "
                f"the reference's ({expected[:12]}); the chat template or tokenizer differs, and the two cannot be "
                f"compared. Serve both with the same template, or record the reference again."
            )

    def fail(self, outcome: Outcome, error: Exception, detail: str | None = None) -> None:
        self.outcome = outcome
        self.error = f"{type(error).__name__}: {error}" if detail else str(error)
        if detail:
            self.error += f"\n{detail}"

    def close(self) -> None:
        if self.sandbox is not None:
            with suppress(SandboxError):  # the episode stands; what cannot be removed now is removed with the run
                self.sandbox.close()

    def episode(self) -> Episode:
        agent = self.agent
        return Episode(
            case=self.job.case,
            quant=self.job.quant,
            attempt=self.job.attempt,
            end=agent.end if agent else None,
            outcome=self.outcome,
            error=self.error,
            context=self.context,
            details=self.rendered.details if self.rendered else [],
            solution_files=solution_files(self.rendered) if self.rendered else None,
            trajectory=agent.trajectory if agent else None,
            evidence=self.evidence,
            **({"usage": agent.usage} if agent else {}),
            started_at=self.started_at,
            duration_s=round(time.monotonic() - self.started, 3),
            setup_s=round(self.setup_s, 3),
            grading_s=round(self.grading_s, 3),
        )


def outcome_of(end: EpisodeEnd, evidence: Evidence | None) -> tuple[Outcome, str | None]:
    """Return the outcome for how the agent ended and what grading saw, with a sentence for infra ones."""
    if end.startswith("limit:"):
        return Outcome(end.value), None
    assert evidence is not None, "grading gives evidence or raises"
    if evidence.verifier_error is not None:
        return Outcome.INFRA_VERIFIER, evidence.verifier_error
    return (Outcome.SOLVED if (evidence.reward or 0.0) >= 1.0 else Outcome.UNSOLVED), None


def _plain_context(messages: list[dict[str, Any]], tools: list[dict[str, Any]], counter: TokenCounter) -> BuiltContext:
    return BuiltContext(
        messages=messages,
        prompt_tokens=counter.count(messages, tools),
        counted_by=counter.name,
        told=[],
        request_digest=digest({"messages": messages, "tools": tools}),
        tools=tools,
    )
