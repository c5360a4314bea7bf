from __future__ import annotations

import os
from pathlib import Path

import pytest
from docker import DockerClient

from agentbench.errors import ImageError, SandboxError, UsageError
from agentbench.records import SandboxNeeds, SandboxSpec
from agentbench.records.paths import data_dir
from agentbench.sandbox import (
    DockerProvider,
    build_images,
    ensure_engine,
    ensure_image,
    image_for,
    image_names,
    image_status,
    image_tag,
)

HELLO = {
    "python": "python3 -c 'import pytest, yaml; print(\"hello\")'",
    "c": "echo 'int puts(const char *); int main(void) { puts(\"hello\"); }' > a.c && make -s a && ./a",
    "javascript": "node -e 'console.log(\"hello\")'",
    "shell": 'echo \'{"a": "hello"}\' | jq -r .a && shellcheck --version >/dev/null && bats --version >/dev/null',
}


def test_the_names() -> None:
    assert set(HELLO) <= set(image_names())


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'python'"):
        image_tag("pyton")


def test_dockerfiles_share_their_first_layers() -> None:
    heads = {
        (data_dir("sandboxes") / n / "Dockerfile").read_text().split("\n", 1)[1].split("\n\nRUN")[0] for n in HELLO
    }
    assert len(heads) == 1


@pytest.mark.docker
@pytest.mark.parametrize("name", sorted(HELLO))
def test_an_image_has_its_tools(name: str, engine: DockerClient, provider: DockerProvider) -> None:
    image = ensure_image(name, build=True, client=engine)
    assert image == image_tag(name)
    sandbox = provider.create(SandboxSpec(image=image))
    result = sandbox.run(HELLO[name], timeout_s=60)
    assert (result.exit_code, result.stdout) == (0, "hello\n"), result
    sandbox.close()


@pytest.mark.docker
def test_unchanged_images_are_not_built_again() -> None:
    build_images()
    said: list[str] = []
    assert set(build_images(None, said.append)) == set(image_names())
    assert said == []
    assert all(image_status().values())


@pytest.mark.docker
def test_a_missing_image_is_not_built_unasked(
    engine: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.setattr("agentbench.sandbox.images.data_dir", lambda _name: tmp_path)
    with pytest.raises(ImageError, match="agentbench sandboxes build other"):
        ensure_image("other", build=False, client=engine)


@pytest.mark.docker
def test_a_broken_dockerfile_says_where_and_what(engine: DockerClient, tmp_path: Path) -> None:
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment" / "Dockerfile").write_text("FROM agentbench/python\nRUN echo the reason && exit 3\n")
    with pytest.raises(ImageError, match=r"environment/Dockerfile could not be built: .*code: 3.*the reason"):
        image_for(SandboxNeeds(image="build:x"), tmp_path, client=engine)


@pytest.mark.docker
def test_an_image_that_cannot_be_pulled_is_an_image_error(engine: DockerClient, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="could not be pulled"):
        image_for(SandboxNeeds(image="127.0.0.1:1/nothing/here:1"), tmp_path, client=engine)


def test_a_missing_engine_is_one_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(SandboxError, match=r"no Docker engine answers at DOCKER_HOST=.*: start it there"):
        ensure_engine()
