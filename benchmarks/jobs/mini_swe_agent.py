"""Episodes of mini-swe-agent in its docker environment, with its own configuration; runs in a venv that has it.

    python benchmarks/jobs/mini_swe_agent.py BASE_URL IMAGE EPISODES IN_FLIGHT

Two run arguments are added, both to its good: no network (a bridge takes longer to set up), and an init (else every
``docker stop`` would wait ten seconds for a ``sleep`` that ignores the signal).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

os.environ |= {"MSWEA_CONFIGURED": "true", "MSWEA_SILENT_STARTUP": "1", "MSWEA_COST_TRACKING": "ignore_errors"}
os.environ["MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT"] = "1"  # a fault shows at once
os.environ["MSWEA_GLOBAL_CONFIG_DIR"] = tempfile.mkdtemp(prefix="mini-swe-agent-")
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # no download

import common
import yaml
from minisweagent.agents.default import DefaultAgent
from minisweagent.config import builtin_config_dir
from minisweagent.environments.docker import DockerEnvironment
from minisweagent.models.litellm_model import LitellmModel

TASK = "Set the port of the service to 8080 in config/app.toml, then submit."


class TimedAgent(DefaultAgent):
    """Notes how long each step takes."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.turn_s: list[float] = []

    def step(self) -> list[dict]:
        began = time.monotonic()
        try:
            return super().step()
        finally:
            self.turn_s.append(time.monotonic() - began)


def main() -> None:
    """Run them."""
    base_url, image, episodes, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    config = yaml.safe_load((builtin_config_dir / "mini.yaml").read_text())
    known = {key: config["agent"][key] for key in ("system_template", "instance_template")}
    model_kwargs = {**config["model"].pop("model_kwargs", {}), "api_base": base_url, "api_key": "none"}
    names: list[str] = []

    def episode(_: int) -> tuple[list[float], float]:
        environment = DockerEnvironment(
            image=image, cwd="/workspace", run_args=["--rm", "--network", "none", "--init"], env={"PAGER": "cat"}
        )
        names.append(environment.container_id)
        model = LitellmModel(
            model_name="openai/stub", cost_tracking="ignore_errors", model_kwargs=model_kwargs, **config["model"]
        )
        agent = TimedAgent(model, environment, **known)
        ended = agent.run(TASK)
        assert ended["exit_status"] == "Submitted", ended
        cpu_s = common.container_cpu_s(environment.container_id)
        environment.cleanup()
        environment.container_id = None
        return agent.turn_s, cpu_s

    def gone() -> None:
        while names:
            listed = subprocess.run(["docker", "ps", "-aq", "--no-trunc"], capture_output=True, text=True, check=True)
            names[:] = [name for name in names if name in listed.stdout]

    common.run(episode, episodes, in_flight, gone)


if __name__ == "__main__":
    main()
