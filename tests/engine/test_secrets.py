"""A secret of a job is in nothing that a run prints, stores or reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from headrace import ConfigError, PluginError, execute_job, resolve_job
from headrace.job import redact
from headrace.job.secret import secrets_of

from tests.builders import a_job
from tests.runs import a_job_file, a_plugin, headrace_ends, killed, numbers

SENTINEL = "s3nt'inél\"\\77"

READER = """
import msgspec

class Plugin:
    class Config(msgspec.Struct):
        password: str
        fails: str

        def __post_init__(self):
            self.fail("config")

        def fail(self, where):
            if self.fails == where:
                raise ValueError(f"{where}: cannot log in with {self.password} ({self.password!r})")

    def __init__(self, config):
        self.config = config
        config.fail("init")

    def schema(self):
        return [{"name": "n", "type": "int64", "nullable": False}]

    def check(self):
        self.config.fail("check")
        return f"logged in with {self.config.password}"

    def discover(self):
        self.config.fail("discover")
        return {"s": self.schema()}

    def extract(self, state):
        yield [{"n": 1}]
        state.advance("s", 1)
        if self.config.fails == "typed":
            import headrace
            raise headrace.AuthError(f"refused: {self.config.password}", user=self.config.password)
        self.config.fail("extract")
"""


def a_secret_job(tmp_path: Path, *, fails: str = "") -> Path:
    """A job whose reader has a password, and fails telling it."""
    reader = {
        "type": a_plugin(tmp_path, READER, name="reader"),
        "password": "${SENTINEL}",
        "fails": fails,
    }
    return a_job_file(tmp_path, a_job(tmp_path, reader=reader, state=True))


def told(text: str) -> bool:
    """Whether a text holds the secret, in any spelling."""
    escaped = (json.dumps(SENTINEL, ensure_ascii=each)[1:-1] for each in (True, False))
    return any(s in text for s in (SENTINEL, repr(SENTINEL)[1:-1], *escaped))


def stored(tmp_path: Path) -> list[Path]:
    """The files of target and state that hold the secret."""
    return [
        path
        for folder in ("out", "state")
        for path in (tmp_path / folder).rglob("*")
        if path.is_file() and told(path.read_bytes().decode(errors="replace"))
    ]


class TestGivenAPluginThatTellsItsPassword:
    @pytest.mark.parametrize(
        ("command", "fails"),
        [
            ("run", "config"),
            ("run", "init"),
            ("run", "extract"),
            ("run", "typed"),
            ("run", ""),
            ("check", "check"),
            ("check", "init"),
            ("check", ""),
            ("discover", "discover"),
            ("validate", "config"),
        ],
    )
    def test_when_a_command_ends_then_the_secret_is_nowhere(
        self, command: str, fails: str, tmp_path: Path
    ) -> None:
        """Not on stdout, not on stderr, not in journal, manifest or state."""
        job = a_secret_job(tmp_path, fails=fails)

        done = headrace_ends(command, job, "--json", SENTINEL=SENTINEL)

        assert done.code == (2 if fails else 0), done.err
        assert not told(done.out)
        assert not told(done.err)
        assert stored(tmp_path) == []
        if fails or command == "check":
            assert "***" in done.out
            assert "***" in done.err

    def test_when_a_run_dies_before_its_commit_then_the_journal_does_not_hold_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a crash leaves can be shown to anybody."""
        monkeypatch.setenv("SENTINEL", SENTINEL)

        killed("after:journal", "run", a_secret_job(tmp_path))

        assert any((tmp_path / "out" / "_headrace" / "journal").iterdir())
        assert stored(tmp_path) == []

    def test_when_called_as_a_library_then_the_errors_do_not_tell_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The message of a `PluginError` or `ConfigError` can be logged."""
        monkeypatch.setenv("SENTINEL", SENTINEL)

        with pytest.raises(PluginError) as raised:
            execute_job(a_secret_job(tmp_path, fails="extract"))
        with pytest.raises(ConfigError) as refused:
            resolve_job(a_secret_job(tmp_path, fails="config"))

        assert not told(str(raised.value))
        assert not told(str(refused.value))
        assert "***" in str(raised.value)
        assert "***" in str(refused.value)


class TestGivenARedaction:
    def test_when_a_secret_is_a_number_then_it_is_one_too(self, tmp_path: Path) -> None:
        """`${PIN}` unquoted is a number, and no less secret."""
        reader = numbers(tmp_path, pin={"api_key": 981234}, password="xyz")  # noqa: S106  not one

        job = resolve_job(a_job(tmp_path, reader=reader)).job

        assert job.secrets == {"xyz", "981234"}

    def test_when_one_secret_holds_another_then_both_are_hidden(self) -> None:
        """The longer goes first, so that no half of it stays."""
        value = redact({"a": ["one is abcdef, one is abc"]}, frozenset({"abc", "abcdef"}))

        assert value == {"a": ["one is ***, one is ***"]}

    @pytest.mark.parametrize("is_ascii", [True, False])
    def test_when_json_spells_it_either_way_then_it_is_hidden(self, *, is_ascii: bool) -> None:
        """Who writes JSON escapes what is not ASCII, or does not."""
        hidden = 'k"qéz\\w'
        config = json.dumps({"api_key": hidden}, ensure_ascii=is_ascii)

        assert redact(f"cannot read {config}", frozenset({hidden})) == (
            'cannot read {"api_key": "***"}'
        )


class TestGivenKeysThatOnlySoundSecret:
    @pytest.mark.parametrize("key", ["passes", "max_tokens", "passengers", "secretary", "bypass"])
    def test_when_they_hold_numbers_then_nothing_is_masked(self, key: str) -> None:
        """Whole words of a key say that it is a secret."""
        assert secrets_of({key: 2048}) == frozenset()

    @pytest.mark.parametrize(
        "key", ["password", "db_password", "apiKey", "API-KEY", "client_secret"]
    )
    def test_when_a_word_is_one_then_its_value_is_masked(self, key: str) -> None:
        """Whatever the spelling of the key."""
        assert secrets_of({"deep": [{key: "value"}]}) == frozenset({"value"})

    def test_when_they_are_words_of_a_program_then_what_is_below_them_is_not_masked(self) -> None:
        """A manifest says of a token how it is sent; a text that it gives one is a secret still."""
        manifest = {
            "page_token_option": {"type": "RequestOption", "field_name": "after"},
            "authenticator": {"api_token": "abc"},
            "spec": {"properties": {"token": {"type": "string"}}},
        }

        assert secrets_of({"__injected_declarative_manifest": manifest}) == frozenset({"abc"})
