"""Tasks as loaded, and one variant as rendered."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agentbench.records.base import Record
from agentbench.records.trajectory import AtifStep
from agentbench.records.vocabulary import Recall, SandboxProfile, ToldIn


class Variable(Record):
    """A value drawn from the variant's seed."""

    kind: Literal["int", "float", "choice", "word", "name", "hex", "version", "date"]
    low: float | None = None
    high: float | None = None
    step: float | None = None
    digits: int | None = None
    """Decimal places of a float, length of a hex string, or number of words in a name."""
    choices: list[str] | None = None
    differs: str | list[str] | None = None
    """Names of variables from which this one must differ by more than a near miss."""


class Check(Record):
    """Where a detail's value is read from the final workspace. ``file`` plus exactly one reader, or ``command``."""

    file: str | None = None
    json_: str | None = Field(None, alias="json")
    """Dotted path, ``a.b.0.c``; likewise for TOML and YAML."""
    toml: str | None = None
    yaml: str | None = None
    ini: str | None = None
    """``section.key``; for files without sections (env, properties) just ``key``."""
    regex: str | None = None
    """First match in multi-line mode; its group 1, else the whole match."""
    python: str | None = None
    """Name of an assignment (``NAME`` or ``Class.attr``), or ``func(param)`` for a default: its literal."""
    text: bool = False
    """The whole file, stripped."""
    command: str | None = None
    """Shell command run as the agent's user in the grading sandbox; the value is its stripped standard output."""
    unchanged: bool = False
    """Constraint: the file's bytes equal the initial ones."""
    absent: bool = False
    """Constraint: the file does not exist."""

    @property
    def is_constraint(self) -> bool:
        """Whether it is kept or violated, rather than a value."""
        return self.unchanged or self.absent


class Detail(Record):
    """A fact the task states that the result must honour exactly; rendered, values are final text."""

    id: str
    value: str | None = None
    """What must hold; none for constraints."""
    stale: str | None = None
    """A superseded value that also stands in the context."""
    told_in: ToldIn = ToldIn.INSTRUCTION
    recall: Recall = Recall.LITERAL
    """What finding it in the context takes beside looking for the words in which it is asked for."""
    asked_as: str | None = None
    """Where ``recall`` is paraphrased: the words of the instruction or of a follow-up that ask for it."""
    recoverable: bool | None = None
    """Whether a tool can still find the value; none until proved by search at rendering."""
    check: Check


class Fact(Record):
    """A passage that the context plan places into the scripted history."""

    id: str
    text: str
    tells: list[str] = []
    """Ids of the details whose current value it tells."""
    stale_for: list[str] = []
    """Ids of the details whose superseded value it tells."""
    series: str | None = None
    """Facts of one series are told apart by their order alone: see :func:`agentbench.taskset.depth.ordinals`."""


class FileContent(Record):
    """One file of a rendered tree."""

    data: bytes
    mode: int = 0o644


class SandboxNeeds(Record):
    """What a task asks of its sandbox."""

    image: str
    """Name of a ``sandboxes/`` directory, an image reference, or ``build:<digest>`` for the task's own Dockerfile."""
    profile: SandboxProfile = SandboxProfile.STRICT
    user: str | None = None
    """Foreign tasks only: the user the image or the task asks for."""
    workdir: str | None = None
    cpus: float = 1.0
    memory_mb: int = 1024
    workspace_mb: int = 256
    env: dict[str, str] = {}
    needs_network: bool = False
    verifier_mode: Literal["shared", "separate"] = "shared"


class CollectHook(Record):
    """A command that saves what a separate verifier needs, run where the agent worked when it is gone."""

    command: str
    timeout_s: float = 60
    user: Literal["agent", "root"] = "agent"


class StepSpec(Record):
    """One of harbor's ``[[steps]]``: a user turn with tests of its own, and what holds for them."""

    name: str
    min_reward: dict[str, float] = {}
    """Rewards by name; the episode ends behind a step with less."""
    agent_timeout_s: float | None = None
    verifier_timeout_s: float = 600
    verifier_env: dict[str, str] = {}
    verifier_mode: Literal["shared", "separate"] = "shared"
    artifacts: list[str] = []
    collect: list[CollectHook] = []


class TaskSpec(Record):
    """A loaded task directory, before any variable is drawn. Cheap: no file of the task is held here."""

    id: str
    """Path below the tasks root, ``config/rate-limits``."""
    path: str
    """Absolute path of the directory, or of the file that holds the row."""
    row: str | None = None
    """SWE rows only: the row's instance id."""
    bases: list[str] = []
    """Absolute paths of the directories that it takes files and tables from, the first one undermost."""
    name: str
    cluster: str
    digest: str
    """Over every file of the directory and its bases: part of the hard lock."""
    native: bool
    """Whether it has ``[metadata.agentbench]`` (strict profile) or is a plain harbor task."""
    sandbox: SandboxNeeds
    variables: dict[str, Variable] = {}
    constants: dict[str, str] = {}
    """Texts that templates may use and no variant changes."""
    details: list[Detail] = []
    """Unrendered: values are Jinja templates."""
    facts: list[Fact] = []
    """Unrendered."""
    tests: int | None = None
    """Expected number of hidden tests; none for foreign tasks."""
    verifier_timeout_s: float = 600
    agent_timeout_s: float | None = None
    tags: list[str] = []
    metadata: dict[str, Any] = {}
    """Harbor's free table, without ours."""
    description: str = ""
    follow_ups: list[str] = []
    """Unrendered further user turns; for harbor's ``[[steps]]`` they are read when rendering."""
    steps: list[StepSpec] = []
    """Foreign tasks only: harbor's ``[[steps]]`` in order."""
    reward_strategy: Literal["mean", "final"] = "final"
    """Of a task with steps: its reward is the mean over them, or the last one's."""
    verifier_env: dict[str, str] = {}
    """Foreign tasks only: environment of ``tests/test.sh``."""
    solution_env: dict[str, str] = {}
    """Foreign tasks only: environment of ``solution/solve.sh``."""
    artifacts: list[str] = []
    """Foreign tasks only: paths carried over where ``verifier_mode`` is separate."""
    collect: list[CollectHook] = []
    """Foreign tasks only."""
    trajectory: str | None = None
    """Foreign tasks only: the ATIF document below the directory that holds what was said before the instruction."""


class RenderedStep(Record):
    """What one of a foreign task's steps brings along."""

    workdir: dict[str, FileContent] = {}
    """Laid into the working directory before the step begins; ``setup.sh`` among them is run."""
    tests: dict[str, FileContent] = {}
    solution: dict[str, FileContent] = {}


class RenderedTask(Record):
    """One variant: everything an episode needs, as plain data."""

    task: TaskSpec
    variant: int
    values: dict[str, str]
    """The drawn variables."""
    instruction: str
    prior: list[AtifStep] = []
    """Foreign tasks only: a recorded conversation that the instruction goes on from."""
    follow_ups: list[str] = []
    workspace: dict[str, FileContent] = {}
    """Files below the workspace, by relative path."""
    tests: dict[str, FileContent] = {}
    """Below ``/tests``."""
    setup: dict[str, FileContent] = {}
    """SWE rows only: ``setup.sh``, run as root in the image's directory before the agent comes, and what it needs."""
    solution: dict[str, FileContent] = {}
    """Below ``/solution``: ``solve.sh`` and, for our tasks, the overlay ``files/``."""
    steps: list[RenderedStep] = []
    """Foreign tasks only: one for each of the task's steps. ``tests`` and ``solution`` are then the last one's."""
    details: list[Detail] = []
    facts: list[Fact] = []
