"""Laws of what tells servers apart: their place and image, and nothing that is secret."""

from __future__ import annotations

import pytest
from headrace_harness.services import identity
from headrace_harness.services.identity import identities

EXTERNAL = {"s3": "external", "postgres": "external"}
PLACES = {
    "HEADRACE_S3_ENDPOINT": "http://127.0.0.1:9000",
    "HEADRACE_S3_BUCKET": "bucket",
    "HEADRACE_S3_SECRET_KEY": "one",
    "HEADRACE_POSTGRES_DSN": "postgresql://me:one@127.0.0.1:5432/db",
}


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PLACES.items():
        monkeypatch.setenv(name, value)


class TestGivenServersThatRunElsewhere:
    @pytest.mark.parametrize(
        ("name", "value", "differs"),
        [
            ("HEADRACE_S3_ENDPOINT", "http://127.0.0.1:9001", ["s3"]),
            ("HEADRACE_S3_BUCKET", "other", ["s3"]),
            ("HEADRACE_POSTGRES_DSN", "postgresql://me:one@127.0.0.1:5432/other", ["postgres"]),
            ("HEADRACE_S3_SECRET_KEY", "two", []),
            ("HEADRACE_POSTGRES_DSN", "postgresql://you:two@127.0.0.1:5432/db", []),
        ],
    )
    def test_when_a_place_is_another_then_so_is_the_server_and_a_secret_makes_none(
        self, name: str, value: str, differs: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A digest of a password could be guessed at."""
        before = identities(EXTERNAL)

        monkeypatch.setenv(name, value)

        after = identities(EXTERNAL)
        assert [key for key in EXTERNAL if before[key] != after[key]] == differs

    def test_when_told_then_no_place_can_be_read(self) -> None:
        """Reports name no host."""
        assert "127" not in str(identities(EXTERNAL))


class TestGivenContainers:
    def test_when_the_image_is_made_anew_then_it_is_another_server(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A tag may be moved; those of the harness's own are told by its code."""
        asked: list[str] = []
        monkeypatch.setattr(
            identity, "docker", lambda *words: asked.append(words[-1]) or "sha256:1"
        )

        told = identities({"s3": "docker:own/minio:1", "postgres": "docker", "api": "embedded"})

        assert told == {"s3": "sha256:1", "postgres": "sha256:1"}
        assert asked == ["own/minio:1", "postgres:18"]
