"""Where a REST API is reached, and where credentials never go."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from headrace import ReaderConnectionError, ReaderError, execute_job

from tests.httpapi import PAGINATION, Api, Asked, Reply, an_api_job, failure, paged, some_records

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "open-sesame-7"  # noqa: S105  it must reach nobody else
BEARER = {"auth": {"type": "bearer", "token": TOKEN}}
DATA = Reply(body={"data": some_records(3)})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def a_context(authority: trustme.CA, host: str = "localhost") -> ssl.SSLContext:
    """Of a server whose certificate the authority has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


class TestGivenTls:
    @pytest.mark.covers("api:ca_file")
    @pytest.mark.parametrize("by", ["ca_file", "environment"])
    def test_when_the_authority_is_trusted_then_it_is_read(
        self, by: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By the key, relative to the job, or by SSL_CERT_FILE."""
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        reader = dict(BEARER)
        if by == "ca_file":
            reader["ca_file"] = "ca.pem"
        else:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

        with Api(lambda _: DATA, context=a_context(authority)) as api:
            job = an_api_job(tmp_path, api.url, reader)
            report = execute_job(job, base_dir=tmp_path)

        assert report.rows.written == 3
        assert api.asked[0].headers["authorization"] == f"Bearer {TOKEN}"

    @pytest.mark.parametrize("host", ["localhost", "elsewhere.example"])
    def test_when_it_is_not_then_nothing_is_asked_and_nothing_tried_again(
        self, host: str, authority: trustme.CA, tmp_path: Path
    ) -> None:
        """An unknown authority, or another's certificate, gets no credentials."""
        reader: dict[str, Any] = dict(BEARER)
        if host != "localhost":
            authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
            reader["ca_file"] = str(tmp_path / "ca.pem")

        with Api(lambda _: DATA, context=a_context(authority, host)) as api:
            error = failure(tmp_path, api.url, reader)

        assert type(error) is ReaderError
        assert error.message.startswith("TLS does not trust the server: ")
        assert error.message.endswith("; see ca_file")
        assert api.asked == []

    def test_when_the_file_is_not_there_then_it_is_named(self, tmp_path: Path) -> None:
        """What is wrong is on this side."""
        error = failure(tmp_path, "https://localhost:1", {"ca_file": str(tmp_path / "no.pem")})

        assert error.message == "ca_file cannot be read: No such file or directory"

    def test_when_the_server_speaks_none_then_it_is_said(self, tmp_path: Path) -> None:
        """Https before a server of http."""
        with Api(lambda _: DATA) as api:
            url = api.url.replace("http:", "https:")
            error = failure(tmp_path, url, {"retry": {"budget_s": 0}})

        assert type(error) is ReaderConnectionError
        assert error.message.startswith("TLS failed: ")


class TestGivenAnotherOrigin:
    @pytest.mark.parametrize("how", ["redirect", "next_url", "link"])
    @pytest.mark.parametrize("where", ["port", "scheme", "host", "user"])
    def test_when_the_server_leads_there_then_it_is_an_error_and_nobody_is_asked(
        self, how: str, where: str, tmp_path: Path
    ) -> None:
        """Who is given the credentials is the job's to say, not the server's."""
        with Api(lambda _: DATA) as other, Api(lambda _: leading) as api:
            target = {
                "port": other.url,
                "scheme": api.url.replace("http:", "https:"),
                "host": other.url.replace("localhost", "127.0.0.1"),
                "user": api.url.replace("localhost", "user@localhost"),
            }[where]
            leading = Reply(
                body={"data": some_records(1), "next_url": f"{target}/x"},
                status=302 if how == "redirect" else 200,
                headers={
                    ("Location" if how == "redirect" else "Link"): (
                        f"{target}/x" if how == "redirect" else f'<{target}/x>; rel="next"'
                    )
                },
            )
            pagination = PAGINATION.get(how, PAGINATION["link"])
            error = failure(tmp_path, api.url, {**BEARER, "pagination": pagination})

        assert type(error) is ReaderError
        wanted = "is no URL" if where == "user" else "leads to another origin"
        assert wanted in error.message
        assert TOKEN not in str(error)
        assert (len(api.asked), other.asked) == (1, [])


class TestGivenARedirect:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_when_it_stays_within_the_origin_then_it_is_followed(
        self, status: int, tmp_path: Path
    ) -> None:
        """With the credentials, and the pages behind it too."""
        answer = paged("next_url", some_records(5), size=3)

        def moved(asked: Asked) -> Reply:
            if asked.path == "/old":
                return Reply(status=status, headers={"Location": "/new/x"})
            return answer(asked)

        with Api(moved) as api:
            reader = {**BEARER, "pagination": {"type": "next_url", "path": "next_url"}}
            report = execute_job(an_api_job(tmp_path, f"{api.url}/old", reader))

        assert report.rows.written == 5
        assert [asked.path for asked in api.asked] == ["/old", "/new/x", "/new/x"]
        assert {asked.headers["authorization"] for asked in api.asked} == {f"Bearer {TOKEN}"}

    def test_when_it_never_ends_then_it_is_an_error(self, tmp_path: Path) -> None:
        """A circle of redirects is left."""
        with Api(lambda _: Reply(status=302, headers={"Location": "/"})) as api:
            error = failure(tmp_path, api.url, {})

        assert error.message == "the server redirects more than 5 times"

    @pytest.mark.parametrize(("status", "is_followed"), [(302, False), (307, True)])
    def test_when_a_post_meets_it_then_it_is_never_made_a_get(
        self, status: int, *, is_followed: bool, tmp_path: Path
    ) -> None:
        """A body that is left behind would ask for something else."""

        def answer(asked: Asked) -> Reply:
            return DATA if asked.path == "/x" else Reply(status=status, headers={"Location": "/x"})

        with Api(answer) as api:
            job = an_api_job(tmp_path, api.url, {"body": {"all": True}})
            if is_followed:
                execute_job(job)
            else:
                with pytest.raises(ReaderError, match="answered a POST by a redirect"):
                    execute_job(job)

        assert [asked.method for asked in api.asked] == ["POST"] * (1 + is_followed)


class TestGivenAProxy:
    def test_when_the_environment_names_one_then_it_is_asked_and_told_who_asks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As other programs do; its password is no part of a message."""
        with Api(lambda _: DATA) as proxy:
            address = proxy.url.replace("http://", "http://me:hidden%21@")
            monkeypatch.setenv("http_proxy", address)
            monkeypatch.setenv("no_proxy", "elsewhere.example")
            report = execute_job(an_api_job(tmp_path, "http://api.example/v1", {}))

        assert report.rows.written == 3
        assert proxy.asked[0].headers["host"] == "api.example"
        assert proxy.asked[0].headers["proxy-authorization"] == "Basic bWU6aGlkZGVuIQ=="

    def test_when_it_is_gone_then_that_is_told_without_its_password(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nor is it blamed on the server."""
        monkeypatch.setenv("http_proxy", "http://me:hidden@localhost:1")

        error = failure(tmp_path, "http://api.example/v1", {"retry": {"budget_s": 0}})

        assert type(error) is ReaderConnectionError
        assert error.message.startswith("the proxy failed: ")
        assert "hidden" not in str(error)

    def test_when_the_host_is_excepted_then_it_is_asked_itself(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """NO_PROXY names hosts that need none."""
        monkeypatch.setenv("http_proxy", "http://localhost:1")
        monkeypatch.setenv("no_proxy", "localhost")

        with Api(lambda _: DATA) as api:
            report = execute_job(an_api_job(tmp_path, api.url, {}))

        assert report.rows.written == 3


class TestGivenAnAnswerOfAnySize:
    @pytest.mark.covers("api:max_page_bytes")
    @pytest.mark.parametrize("is_zipped", [False, True])
    def test_when_it_is_larger_than_a_page_may_be_then_it_is_not_read_to_its_end(
        self, *, is_zipped: bool, tmp_path: Path
    ) -> None:
        """Compressed or not: what counts is what would be held."""
        body = b'{"data": [%b]}' % b",".join([b'{"id": 1}'] * 100_000)
        large = Reply(body=body, is_zipped=is_zipped)
        assert not is_zipped or len(large.data) < 10_000

        with Api(lambda _: large) as api:
            error = failure(tmp_path, api.url, {"max_page_bytes": "100kB"})
            report = execute_job(an_api_job(tmp_path, api.url, {"max_page_bytes": "2MB"}))

        assert type(error) is ReaderError
        assert "larger than max_page_bytes, 100000" in error.message
        assert report.rows.written == 100_000

    def test_when_it_is_compressed_then_it_is_asked_for_so_and_read(self, tmp_path: Path) -> None:
        """Pages shrink to a tenth on their way."""
        with Api(lambda _: Reply(body=DATA.body, is_zipped=True)) as api:
            report = execute_job(an_api_job(tmp_path, api.url, {}))

        assert report.rows.written == 3
        assert api.asked[0].headers["accept-encoding"] == "gzip"


class TestGivenManyPages:
    def test_when_read_then_one_connection_carries_them(self, tmp_path: Path) -> None:
        """A handshake for each page would cost more than the page."""
        threads: set[int] = set()
        answer = paged("page", some_records(20), size=2)

        def noting(asked: Asked) -> Reply:
            threads.add(threading.get_ident())  # http.server has one for each connection
            return answer(asked)

        with Api(noting) as api:
            execute_job(an_api_job(tmp_path, api.url, {"pagination": {"type": "page"}}))

        assert (len(api.asked), len(threads)) == (11, 1)

    @pytest.mark.covers("api:headers", "api:params", "api-endpoint:headers", "api-endpoint:params")
    def test_when_headers_and_parameters_are_given_then_each_request_has_them(
        self, tmp_path: Path
    ) -> None:
        """Coded as a URL codes them, lists one by one."""
        lines: list[str] = []
        answer = paged("page", some_records(2), size=2)

        def noting(asked: Asked) -> Reply:
            lines.append(f"{asked.headers['accept']} {asked.headers['x-a']} {asked.query}")
            return answer(asked)

        reader = {
            "pagination": {"type": "page"},
            "headers": {"accept": "application/vnd.x+json", "X-A": "b"},
            "params": {"q": "ä &=", "n": 1.5, "on": True, "many": ["x", "y"]},
        }
        with Api(noting) as api:
            execute_job(an_api_job(tmp_path, f"{api.url}/?z=1", reader))

        query = "{'z': '1', 'q': 'ä &=', 'n': '1.5', 'on': 'true', 'many': 'y', 'page': '%d'}"
        assert lines == [f"application/vnd.x+json b {query % n}" for n in (1, 2)]
