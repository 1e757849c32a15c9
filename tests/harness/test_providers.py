"""Which provider a service is from: told in a sentence, and kept when it is started."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from headrace_harness.errors import ServiceError
from headrace_harness.services.providers import choose_providers, provide

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("api", "iceberg", "postgres", "s3")

# Answers as an engine does that has the images that a file lists.
DOCKER = """#!/bin/sh
case "$1" in
version) exit 0 ;;
image) grep -qxF "$5" "{images}" && echo && exit 0 ;;
esac
echo "Error: no such image" >&2
exit 1
"""


@pytest.fixture
def no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH without docker."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list of images of an engine."""
    pytest.importorskip("testcontainers")
    listed = tmp_path / "images"
    listed.touch()
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER.format(images=listed))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return listed


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("HEADRACE_S3", "HEADRACE_ICE"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("HEADRACE_POSTGRES_DSN", raising=False)


class TestGivenNoDocker:
    @pytest.mark.usefixtures("no_docker")
    def test_when_anything_will_do_then_all_is_embedded_and_it_is_said_why(self) -> None:
        """A newcomer without Docker measures all the same, and knows with what."""
        choice = choose_providers("auto", {}, NAMES)

        assert choice.providers == dict.fromkeys(NAMES, "embedded")
        assert choice.reasons["s3"] == "s3: embedded, for there is no docker command"
        assert choice.reasons["api"] == "api: embedded, for there is no provider api=docker"

    @pytest.mark.usefixtures("no_docker")
    def test_when_docker_is_wanted_then_the_start_fails_with_what_was_said(self) -> None:
        """Nobody is given another server than the one that was asked for."""
        choice = choose_providers("docker", {}, NAMES)

        assert choice.providers["postgres"] == "docker"
        assert choice.reasons["postgres"] == "postgres: docker, but there is no docker command"
        with pytest.raises(ServiceError, match="there is no docker command"):
            provide("postgres", choice.providers["postgres"]).start()


class TestGivenAnEngine:
    def test_when_an_image_is_there_then_its_container_is_taken(self, images: Path) -> None:
        """Each service is chosen by itself."""
        images.write_text("postgres:18\n")

        choice = choose_providers("auto", {}, NAMES)

        assert choice.providers == dict.fromkeys(NAMES, "embedded") | {"postgres": "docker"}
        assert choice.reasons["postgres"] == "postgres: docker, the image postgres:18 is there"
        assert "is not there: `headrace images build minio`" in choice.reasons["s3"]

    def test_when_one_is_missing_that_is_wanted_then_the_start_fails_with_what_was_said(
        self, images: Path
    ) -> None:
        """What is missing is told with the command that mends it; nothing is pulled in mid-run."""
        images.write_text("postgres:18\n")
        overrides = {"postgres": "docker:postgres:17"}

        choice = choose_providers("docker", overrides, ["postgres", "s3"])

        for name, command in (("postgres", "docker pull postgres:17"), ("s3", "images build")):
            _, _, sentence = choice.reasons[name].partition(": docker")
            sentence = sentence.partition(", but ")[2]
            assert command in sentence
            with pytest.raises(ServiceError) as caught:
                provide(name, choice.providers[name]).start()
            assert str(caught.value).endswith(sentence)


class TestGivenAServerElsewhere:
    def test_when_it_is_wanted_then_what_is_not_set_is_told(self) -> None:
        """All variables at once, and what has no such provider is said to be embedded."""
        choice = choose_providers("external", {}, ["postgres", "api"])

        missing = "no external server: set HEADRACE_POSTGRES_DSN"
        assert choice.reasons["postgres"] == f"postgres: external, but {missing}"
        assert choice.providers["api"] == "embedded"
        with pytest.raises(ServiceError, match=missing):
            provide("postgres", "external")

    def test_when_it_is_set_then_it_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And only there where it was asked for."""
        monkeypatch.setenv("HEADRACE_POSTGRES_DSN", "postgresql://me:secret@nowhere/db")

        choices = [choose_providers(kind, {}, ["postgres"]) for kind in ("external", "embedded")]

        assert [one.reasons["postgres"] for one in choices] == [
            "postgres: external, as asked for",
            "postgres: embedded, as asked for",
        ]


class TestGivenOneThatIsAskedForByName:
    def test_when_another_kind_is_taken_then_it_is_taken_all_the_same(self) -> None:
        """`--provider` is about one service, `--services` about all of them."""
        choice = choose_providers("embedded", {"s3": "minio"}, ["postgres", "s3"])

        assert choice.providers == {"postgres": "embedded", "s3": "minio"}
        assert choice.reasons["s3"] == "s3: minio, as asked for"
