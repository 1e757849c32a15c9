"""How a bucket is reached: whose keys, and where the state is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, Secret, StateError, execute_job, read_manifest
from headrace.stores.credentials import find

from tests.builders import people
from tests.engine.test_s3_target import a_run, landed
from tests.runs import a_job_file, headrace_ends
from tests.s3 import Place, a_place, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
)
KEYS = ("endpoint", "access_key", "secret_key")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that has no keys, and AWS files that are not there."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def without_keys(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job, whose target says nothing of how the server is reached."""
    target = {key: value for key, value in job["target"].items() if key not in KEYS}
    return {**job, "target": target}


def files_of(tmp_path: Path, place: Place, *, name: str = "mine") -> None:
    """AWS files with one profile that reaches a place."""
    access = place.access
    (tmp_path / "credentials").write_text(
        f"[{name}]\naws_access_key_id = {access.access_key}\n"
        f"aws_secret_access_key = {access.secret_key}\n"
    )
    (tmp_path / "config").write_text(
        f"[profile {name}]\nregion = us-east-1\nendpoint_url = {access.endpoint}\n"
    )


class TestGivenAJobWithoutKeys:
    def test_when_the_environment_has_them_then_they_are_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By the variables that AWS's own tools read, the endpoint among them."""
        place = a_place()
        for name, value in environment(place.access).items():
            monkeypatch.setenv(name, value)

        execute_job(without_keys(a_run(tmp_path, place, 3)))

        assert landed(place, tmp_path / "fetched") == people(3)

    @pytest.mark.parametrize("by", ["key", "variable"])
    def test_when_a_profile_has_them_then_they_are_used(
        self, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A profile that the job names, or the environment."""
        place = a_place()
        files_of(tmp_path, place)
        job = without_keys(a_run(tmp_path, place, 3))
        if by == "key":
            job["target"]["profile"] = "mine"
            # A profile that is named goes before keys that are lying about.
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SOMEBODYELSE")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "whose-key-this-is")
        else:
            monkeypatch.setenv("AWS_PROFILE", "mine")

        execute_job(job)

        assert landed(place, tmp_path / "fetched") == people(3)

    @pytest.mark.parametrize(
        ("config", "profile", "said"),
        [
            ("", "mine", "there is no profile 'mine'"),
            ("[profile mine]\nrole_arn = arn:x\n", "mine", "role_arn"),
            ("[profile mine]\nsso_session = x\n", "mine", "export-credentials"),
            ("[profile mine]\naws_access_key_id = AKSECRET\n", "mine", "no secret key"),
            ("[profile mine\naws_secret_access_key = AKSECRET\n", "mine", "cannot be read"),
        ],
    )
    def test_when_a_profile_cannot_be_used_then_it_is_said_without_its_secrets(
        self, config: str, profile: str, said: str, tmp_path: Path
    ) -> None:
        """It names the job's key, and what to do."""
        (tmp_path / "config").write_text(config)

        with pytest.raises(ConfigError) as caught:
            find(profile)

        (problem,) = caught.value.problems
        assert (problem.path, said in problem.message) == ("target.profile", True)
        assert "AKSECRET" not in problem.message

    @pytest.mark.parametrize("by", ["job", "environment"])
    def test_when_a_profile_is_not_needed_for_its_keys_then_they_are_not_asked_for(
        self, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A profile of single sign-on gives its region to keys that are somebody's already."""
        (tmp_path / "config").write_text("[profile mine]\nsso_session = x\nregion = eu-west-1\n")
        monkeypatch.setenv("AWS_PROFILE", "mine")
        if by == "environment":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")

        found = find(None, has_keys=by == "job")

        assert found.region == "eu-west-1"
        assert (found.access_key is None) == (by == "job")

    def test_when_found_then_secrets_print_as_stars(self, tmp_path: Path) -> None:
        """No trace holds a key."""
        files_of(tmp_path, a_place())

        found = find("mine")

        assert isinstance(found.secret_key, Secret)
        assert "***" in repr(found)
        assert found.secret_key.reveal() not in repr(found)


class TestGivenAStateInABucket:
    def test_when_run_again_then_only_what_is_new_is_read(self, tmp_path: Path) -> None:
        """Cursors live in one object; nothing of them is on this machine."""
        place, kept = a_place(), a_place()
        job = a_run(tmp_path, place, 5)
        job["state"] = {**kept.section(), "type": "s3"}

        first, second = execute_job(job), execute_job(job)

        assert (first.rows.read, second.rows.read) == (5, 0)
        assert kept.list() == ["test.json"]
        assert json.loads(kept.get("test.json"))["checkpoint"] == second.run_id
        assert landed(place, tmp_path / "fetched") == people(5)

    def test_when_it_is_lost_then_the_target_restores_it(self, tmp_path: Path) -> None:
        """The manifest keeps a copy."""
        place, kept = a_place(), a_place()
        job = a_run(tmp_path, place, 5)
        job["state"] = {**kept.section(), "type": "s3"}
        execute_job(job)
        kept.access.client().remove_object(kept.access.bucket, f"{kept.prefix}/test.json")

        report = execute_job(job)

        assert report.rows.read == 0
        assert kept.list() == ["test.json"]

    def test_when_it_is_corrupt_then_it_is_an_error_and_stays(self, tmp_path: Path) -> None:
        """It is never taken as empty."""
        place, kept = a_place(), a_place()
        job = a_run(tmp_path, place, 5)
        job["state"] = {**kept.section(), "type": "s3"}
        kept.put("test.json", b'{"job": "te')

        with pytest.raises(StateError):
            execute_job(job)

        assert kept.get("test.json") == b'{"job": "te'
        assert place.visible() == []

    def test_when_shown_and_reset_by_the_command_line_then_it_is_that_object(
        self, tmp_path: Path
    ) -> None:
        """`headrace state` knows where it is."""
        place, kept = a_place(), a_place()
        job = a_run(tmp_path, place, 5)
        job["state"] = {**kept.section(), "type": "s3"}
        execute_job(job)
        file = a_job_file(tmp_path, job)

        shown = headrace_ends("state", "show", file, "--json")
        reset = headrace_ends("state", "reset", file)
        again = headrace_ends("run", file, "--json")

        assert (shown.code, reset.code, again.code) == (0, 0, 0)
        assert place.access.secret_key not in shown.out + shown.err + reset.err + again.err
        assert again.report["rows"]["read"] == 5
        assert len(read_manifest(job["target"])) == 2

    @pytest.mark.parametrize(
        "state",
        [
            {"type": "s3"},
            {"type": "local"},
            {"type": "local", "path": "x", "bucket": "yyy"},
            {"type": "local", "path": "x", "endpoint": "http://127.0.0.1:9"},
            {"type": "local", "path": "x", "prefix": "a"},
            {"type": "s3", "path": "x", "bucket": "yyy"},
        ],
    )
    def test_when_keys_do_not_belong_together_then_it_is_refused(
        self, state: dict[str, Any], tmp_path: Path
    ) -> None:
        """Each type has its own."""
        job = {**a_run(tmp_path, a_place(), 1), "state": state}

        with pytest.raises(ConfigError) as caught:
            execute_job(job)

        assert [p.path for p in caught.value.problems] == ["state"]
