"""What the doctor finds: each with what mends it, and what dead runs left is gone behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from headrace_harness.services.owner import Owner
from headrace_harness.services.scratch import new_folder

from tests.harness.owners import a_dead_owner


def examined(**environment: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code of `headrace bench doctor`, and its findings by subject."""
    done = subprocess.run(
        [sys.executable, "-m", "headrace", "bench", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    findings = json.loads(done.stdout)["findings"]
    return done.returncode, {finding["subject"]: finding for finding in findings}


class TestGivenAMachine:
    def test_when_examined_then_whatever_is_not_good_has_what_mends_it(self) -> None:
        """A finding without a remedy helps nobody."""
        _, findings = examined()

        wanted = {"docker", "leftovers", "load", "swap", "governor", "file system", "disk"}
        assert wanted | {"temporary files", "servers by hand"} <= set(findings)
        for finding in findings.values():
            assert bool(finding["mend"]) == (finding["state"] != "good"), finding

    def test_when_there_is_no_docker_then_that_is_no_fault(self, tmp_path: Path) -> None:
        """Every server of a cell can be embedded."""
        code, findings = examined(PATH=str(tmp_path), HEADRACE_CACHE=str(tmp_path))

        assert findings["docker"]["state"] == "absent"
        assert "there is no docker command" in findings["docker"]["found"]
        assert findings["embedded servers"]["state"] == "good"
        assert "images" not in findings
        lacking = [name for name, one in findings.items() if one["state"] == "missing"]
        assert code == bool(lacking)

    def test_when_an_engine_has_no_image_then_the_command_is_told(self, tmp_path: Path) -> None:
        """What is absent is named, with what brings it."""
        program = tmp_path / "docker"
        program.write_text('#!/bin/sh\n[ "$1" = version ] && echo 1.2.3\n')
        program.chmod(0o755)

        _, findings = examined(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

        assert findings["docker"]["found"] == "Docker 1.2.3"
        assert findings["images"]["state"] == "absent"
        assert findings["images"]["mend"].startswith("headrace images build minio postgres")

    @pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no tmpfs")  # noqa: S108
    def test_when_files_are_in_memory_then_that_disturbs(self) -> None:
        """Servers' data would take the memory that is measured."""
        _, findings = examined(TMPDIR="/dev/shm", HEADRACE_CACHE="/dev/shm/headrace-no-cache")  # noqa: S108

        assert findings["temporary files"]["state"] == "disturbs"
        assert findings["file system"]["state"] == "disturbs"
        assert "TMPDIR" in findings["temporary files"]["mend"]


class TestGivenWhatAKilledRunLeft:
    def test_when_examined_then_it_is_gone_and_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody has to look for what a run that was killed has left."""
        # Another run of this machine would remove it, too.
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        folder = new_folder("test")
        left = folder.rename(str(folder).replace(str(Owner.here()), a_dead_owner()))

        _, findings = examined(TMPDIR=str(tmp_path))

        assert not left.exists()
        assert str(left) in findings["leftovers"]["found"]
