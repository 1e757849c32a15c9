"""Who asks a REST API, and that nobody else learns it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

import pytest
from headrace import AuthError, ConfigError, ReaderError, execute_job, resolve_job

from tests.builders import landed
from tests.httpapi import (
    PAGINATION,
    Api,
    Asked,
    Reply,
    an_api_job,
    failure,
    paged,
    queries,
    some_records,
)
from tests.runs import a_job_file, headrace_ends

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "s3cr/t +é"  # noqa: S105  it must appear nowhere
KEY = "k3y-of-mine+/="
PAGE = {"pagination": {"type": "page"}}


def api_key(place: str) -> dict[str, Any]:
    return {"type": "api_key", "name": "X-Key", "api_key": KEY, "in": place}


class TestGivenCredentials:
    @pytest.mark.covers(
        "api:auth",
        "api-auth:type",
        "api-auth:token",
        "api-auth:username",
        "api-auth:password",
        "api-auth:name",
        "api-auth:api_key",
        "api-auth:in",
    )
    @pytest.mark.parametrize(
        ("auth", "has_them"),
        [
            (
                {"type": "bearer", "token": KEY},
                lambda asked: asked.headers.get("authorization") == f"Bearer {KEY}",
            ),
            (
                {"type": "basic", "username": "mé", "password": SECRET},
                lambda asked: asked.headers.get("authorization") == "Basic bcOpOnMzY3IvdCArw6k=",
            ),
            (api_key("header"), lambda asked: asked.headers.get("x-key") == KEY),
            (api_key("query"), lambda asked: asked.query.get("X-Key") == KEY),
        ],
    )
    def test_when_asked_then_every_request_has_them(
        self, auth: dict[str, Any], has_them: Callable[[Asked], bool], tmp_path: Path
    ) -> None:
        """On every page, and nowhere but where the server looks for them."""
        answer = paged("page", some_records(5), size=2)

        def guarded(asked: Asked) -> Reply:
            return answer(asked) if has_them(asked) else Reply(status=401)

        with Api(guarded) as api:
            execute_job(an_api_job(tmp_path, api.url, {**PAGE, "auth": auth}))

        assert len(landed(tmp_path / "out")) == 5
        assert len(api.asked) == 4

    def test_when_the_server_echoes_the_key_then_it_is_sent_once(self, tmp_path: Path) -> None:
        """URLs of next pages often repeat what the first was asked with."""
        answer = paged("next_url", some_records(5), size=2)

        def echoing(asked: Asked) -> Reply:
            body = dict(answer(asked).body)
            if "next_url" in body:
                body["next_url"] += f"&X-Key={quote(KEY)}"
            return Reply(body=body)

        lines: list[str] = []
        with Api(echoing) as api:
            reader = {"pagination": PAGINATION["next_url"], "auth": api_key("query")}
            execute_job(an_api_job(tmp_path, api.url, reader))
            lines = [json.dumps(query) for query in queries(api)]

        assert lines == [
            json.dumps(query)
            for query in (
                {"X-Key": KEY},
                {"after": "2", "X-Key": KEY},
                {"after": "4", "X-Key": KEY},
            )
        ]

    @pytest.mark.parametrize("status", [401, 403])
    def test_when_they_are_refused_then_it_is_no_matter_of_trying_again(
        self, status: int, tmp_path: Path
    ) -> None:
        """Exit code 2, with the server's words."""
        auth = {"type": "bearer", "token": KEY}
        with Api(lambda _: Reply(status=status, body={"message": "who are you?"})) as api:
            error = failure(tmp_path, api.url, {**PAGE, "auth": auth})

        assert type(error) is AuthError
        assert (error.exit_code, len(api.asked)) == (2, 1)
        assert error.message.endswith("who are you?")


class TestGivenSecrets:
    @pytest.mark.parametrize("command", ["run", "check", "discover"])
    @pytest.mark.parametrize(
        "auth",
        [
            {"type": "bearer", "token": KEY},
            {"type": "basic", "username": "me", "password": SECRET},
            api_key("header"),
            api_key("query"),
        ],
    )
    def test_when_the_server_repeats_them_then_nobody_sees_them(
        self, command: str, auth: dict[str, Any], tmp_path: Path
    ) -> None:
        """Whatever form they have in a URL, a header or a message."""

        def telling(asked: Asked) -> Reply:
            told = f"{dict(asked.headers)} {asked.query} {SECRET} {quote(KEY, safe='')}"
            return Reply(status=400, body={"message": told})

        with Api(telling) as api:
            reader = {**PAGE, "auth": auth, "params": {"api_key": "as-a-param"}}
            job = a_job_file(tmp_path, an_api_job(tmp_path, api.url, reader))
            done = headrace_ends(command, job, "--json")

        assert done.code == 2
        assert len(api.asked) == 1
        told = done.out + done.err
        assert "400 Bad Request" in told
        secrets = [*(auth.get(k) for k in ("token", "password", "api_key")), "as-a-param"]
        for secret in filter(None, secrets):
            spellings = {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}
            assert [s for s in spellings if s in told] == []
        assert "bWU6czNjci90ICvDqQ==" not in told

    def test_when_one_has_a_line_end_then_it_is_refused_without_telling_it(
        self, tmp_path: Path
    ) -> None:
        """As one that was read from a file has; no header can hold it."""
        job = an_api_job(
            tmp_path, "https://x.example", {"auth": {"type": "bearer", "token": "t0k\n"}}
        )

        with pytest.raises(ConfigError) as caught:
            resolve_job(job)

        assert [p.path for p in caught.value.problems] == ["reader.auth.token"]
        assert "t0k" not in str(caught.value)


class Tokens:
    """An authorisation server, and an API that takes its tokens alone.

    Args:
        lifetime_s: How long a token is said to hold; None for no word.
        refuses: Tokens by number that the API refuses all the same.
    """

    def __init__(self, lifetime_s: float | None = 3600, *, refuses: tuple[int, ...] = ()) -> None:
        self._lifetime_s = lifetime_s
        self._refused = {f"t0ken-{n}" for n in refuses}
        self._answer = paged("page", some_records(5), size=2)
        self.given = 0
        self.forms: list[dict[str, str]] = []

    def __call__(self, asked: Asked) -> Reply:
        """Answer."""
        if asked.path == "/token":
            self.given += 1
            self.forms.append(dict(parse_qsl(asked.body.decode())))
            body = {"access_token": f"t0ken-{self.given}", "token_type": "Bearer"}
            more = {} if self._lifetime_s is None else {"expires_in": self._lifetime_s}
            return Reply(body={**body, **more})
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token != f"t0ken-{self.given}" or token in self._refused:
            return Reply(status=401, body={"message": f"not {token}"})
        return self._answer(asked)


def oauth2(api: Api, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    client = {"client_id": "me:1", "client_secret": SECRET}
    return {"type": "oauth2", "token_url": f"{api.url}/token", **client, **more}


class TestGivenClientCredentials:
    @pytest.mark.covers(
        "api-auth:token_url",
        "api-auth:client_id",
        "api-auth:client_secret",
        "api-auth:scope",
        "api-auth:params",
        "api-auth:credentials",
    )
    @pytest.mark.parametrize("credentials", ["header", "body"])
    def test_when_asked_then_one_token_serves_all_pages(
        self, credentials: str, tmp_path: Path
    ) -> None:
        """It is fetched once, by the client's name and secret."""
        tokens = Tokens()
        with Api(tokens) as api:
            auth = oauth2(
                api, credentials=credentials, scope="read all", params={"audience": "https://a"}
            )
            execute_job(an_api_job(tmp_path, f"{api.url}/x", {**PAGE, "auth": auth}))

        assert len(landed(tmp_path / "out")) == 5
        client = {"client_id": "me:1", "client_secret": SECRET} if credentials == "body" else {}
        assert tokens.forms == [
            {
                "grant_type": "client_credentials",
                "scope": "read all",
                "audience": "https://a",
                **client,
            }
        ]
        header = api.asked[0].headers.get("authorization")
        # Coded as a form before it is coded as base64: RFC 6749, section 2.3.1.
        assert header == (None if client else "Basic bWUlM0ExOnMzY3IlMkZ0KyUyQiVDMyVBOQ==")

    def test_when_a_token_is_about_to_expire_then_the_next_is_fetched_before(
        self, tmp_path: Path
    ) -> None:
        """No request is refused for want of time."""
        tokens = Tokens(lifetime_s=0)
        with Api(tokens) as api:
            execute_job(an_api_job(tmp_path, f"{api.url}/x", {**PAGE, "auth": oauth2(api)}))

        assert len(landed(tmp_path / "out")) == 5
        assert tokens.given == 4
        assert [asked.path for asked in api.asked] == ["/token", "/x"] * 4

    @pytest.mark.parametrize("lifetime_s", [3600, None])
    def test_when_a_token_is_refused_then_another_is_fetched_once(
        self,
        lifetime_s: float | None,
        tmp_path: Path,
    ) -> None:
        """Servers forget tokens before their time."""
        tokens = Tokens(lifetime_s, refuses=(1,))
        with Api(tokens) as api:
            execute_job(an_api_job(tmp_path, f"{api.url}/x", {**PAGE, "auth": oauth2(api)}))

        assert len(landed(tmp_path / "out")) == 5
        assert tokens.given == 2

    def test_when_the_next_is_refused_too_then_it_is_an_error_that_tells_none(
        self, tmp_path: Path
    ) -> None:
        """Tokens that were fetched are as secret as what fetched them."""
        tokens = Tokens(refuses=(1, 2))
        with Api(tokens) as api:
            reader = {**PAGE, "auth": oauth2(api)}
            error = failure(tmp_path, f"{api.url}/x", reader)

        assert type(error) is AuthError
        assert error.message.endswith(": not ***")
        assert tokens.given == 2

    @pytest.mark.parametrize(
        ("reply", "cls", "told"),
        [
            (
                Reply(status=401, body={"error": "invalid_client"}),
                AuthError,
                "no token is given: the server answered 401 Unauthorized: invalid_client",
            ),
            (Reply(status=400, body={"error": "invalid_scope"}), AuthError, "no token is given"),
            (Reply(body={"token": "x"}), ReaderError, "answered what is no token"),
            (
                Reply(body={"access_token": "x", "token_type": "mac"}),
                AuthError,
                "no bearer token",
            ),
            (
                Reply(body={"access_token": "x\ny"}),
                AuthError,
                "no bearer token",
            ),
        ],
    )
    def test_when_none_is_given_then_it_is_said_and_nothing_else_asked(
        self, reply: Reply, cls: type[ReaderError], told: str, tmp_path: Path
    ) -> None:
        """The error names the authorisation server."""
        with Api(lambda _: reply) as api:
            error = failure(tmp_path, f"{api.url}/x", {**PAGE, "auth": oauth2(api)})

        assert type(error) is cls
        assert told in error.message
        assert error.where["url"] == f"{api.url}/token"
        assert [asked.path for asked in api.asked] == ["/token"]

    def test_when_the_server_of_tokens_fails_for_a_while_then_it_is_waited_for(
        self, tmp_path: Path
    ) -> None:
        """Within the budget of the page."""
        tokens = Tokens()
        failures = iter([Reply(status=503)] * 3)

        def flaky(asked: Asked) -> Reply:
            found = next(failures, None) if asked.path == "/token" else None
            return found or tokens(asked)

        with Api(flaky) as api:
            execute_job(an_api_job(tmp_path, f"{api.url}/x", {**PAGE, "auth": oauth2(api)}))

        assert len(landed(tmp_path / "out")) == 5
        assert [asked.path for asked in api.asked][:5] == ["/token"] * 4 + ["/x"]
