"""Laws of a container's memory: it is found by the command that runs it, and read of its cgroup."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from headrace_harness.measure import container
from headrace_harness.measure.container import ContainerWatch, container_of

if TYPE_CHECKING:
    from pathlib import Path


class TestGivenACommandLine:
    @pytest.mark.parametrize(
        ("command", "name"),
        [
            (["docker", "run", "-i", "--name", "headrace-1", "image", "read"], "headrace-1"),
            (["/usr/bin/docker", "run", "--rm", "--name", "a", "b"], "a"),
            (["docker", "run", "image"], None),
            (["docker", "ps", "--name", "a"], None),
            (["python", "run", "--name", "a"], None),
            (["docker"], None),
            ([], None),
        ],
    )
    def test_when_it_runs_a_container_by_name_then_that_is_told(
        self, command: list[str], name: str | None
    ) -> None:
        """Any other command of a worker's children runs none."""
        assert container_of(command) == name


class TestGivenAContainerThatIsBeingMade:
    def test_when_its_process_is_in_anothers_cgroup_yet_then_nothing_is_taken_for_its_own(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The memory of the whole machine would be told as the connector's."""
        told = f"{'a' * 64} {os.getpid()}\n"
        monkeypatch.setattr(container, "docker", lambda *_, **__: told)
        watch = ContainerWatch("a")

        for _ in range(3):
            watch.poll()

        assert (watch.peak_bytes, watch.anon_peak_bytes) == (0, 0)


class TestGivenACgroup:
    @pytest.mark.parametrize(
        ("peak", "own"),
        [("memory.peak", "anon"), ("memory.max_usage_in_bytes", "total_rss")],
        ids=["v2", "v1"],
    )
    def test_when_polled_then_the_highest_that_was_seen_is_kept_when_it_is_gone(
        self, peak: str, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its files go with the container."""
        monkeypatch.setattr(container, "_folder_of", lambda _: tmp_path)
        watch = ContainerWatch("a")
        watch.poll()

        for whole, anon in ((90, 20), (100, 40), (100, 30)):
            (tmp_path / peak).write_text(f"{whole}\n")
            (tmp_path / "memory.stat").write_text(f"file 7\n{own} {anon}\n")
            watch.poll()
        (tmp_path / peak).unlink()
        (tmp_path / "memory.stat").unlink()
        watch.poll()

        assert (watch.peak_bytes, watch.anon_peak_bytes) == (100, 40)
