"""Sections of the REST API reader that cannot be meant, all problems at once; and JSONPaths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from headrace import ConfigError, PluginError, Position, create_extractor, resolve_job
from headrace.readers.jsonpath import JsonPath
from hypothesis import given
from hypothesis import strategies as st

from tests.httpapi import Api, Reply, an_api_job, read

if TYPE_CHECKING:
    from pathlib import Path

HTTPS = "https://api.example.com/v1"
BEARER = {"type": "bearer", "token": "open-sesame"}


def problems_of(tmp_path: Path, url: object, reader: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a section, by key."""
    with pytest.raises(ConfigError) as caught:
        resolve_job(an_api_job(tmp_path, url, reader))
    assert "open-sesame" not in str(caught.value)
    return {p.path.removeprefix("reader."): p.message for p in caught.value.problems}


class TestGivenMistakes:
    def test_when_resolved_then_all_are_told_at_once(self, tmp_path: Path) -> None:
        """Each with its key, however deep it stands."""
        reader = {
            "records": "$.a[",
            "headers": {"X A": "b"},
            "pagination": {"type": "cursor", "size": 3, "stop_when": "short", "total": "["},
            "auth": {"type": "basic", "username": "a:b", "token": "open-sesame"},
            "rate_limit": {},
            "retry": {"budget_s": -1},
            "cursor": {"where": "body"},
            "body": {},
            "method": "GET",
        }

        found = problems_of(tmp_path, "https://me:open-sesame@x.example/", reader)

        # What a section in a section has wrong keeps the whole from being looked at.
        assert set(found) == {
            "pagination.param",
            "pagination.path",
            "pagination.stop_when",
            "pagination.total",
            "auth.password",
            "auth.token",
            "auth.username",
            "rate_limit",
            "retry.budget_s",
        }

    def test_when_the_whole_is_looked_at_then_what_clashes_is_told(self, tmp_path: Path) -> None:
        """Keys that are fine by themselves."""
        reader = {
            "records": "$.a[",
            "headers": {"X A": "b", "Y": "a\nb", "authorization": "x"},
            "auth": BEARER,
            "cursor": {"where": "body"},
            "pagination": {"type": "page", "where": "body"},
            "body": {},
            "method": "GET",
        }

        found = problems_of(tmp_path, "https://me:open-sesame@x.example/", reader)

        assert set(found) == {
            "url",
            "headers.Authorization",
            "records",
            "headers.X A",
            "headers.Y",
            "body",
            "pagination.where",
            "cursor.where",
            "cursor.field",
        }
        assert found["url"] == "holds credentials: give them in `auth`"

    @pytest.mark.parametrize(
        ("pagination", "path"),
        [
            ({"type": "page", "limit": 3}, "limit"),
            ({"type": "page", "size_param": "n"}, "size"),
            ({"type": "page", "size": 3}, "size_param"),
            ({"type": "page", "stop_when": "short"}, "size"),
            ({"type": "offset", "stop_when": "short"}, "limit"),
            ({"type": "offset", "limit_param": "n"}, "limit"),
            ({"type": "next_url"}, "path"),
            ({"type": "link", "path": "x"}, "path"),
            ({"type": "cursor", "param": "c", "path": "a", "field": "b"}, "path"),
            ({"type": "cursor", "param": "c", "field": "a[0]"}, "field"),
            ({"type": "token"}, "type"),
            ({}, "type"),
            ({"type": "page", "max_pages": 0}, "max_pages"),
        ],
    )
    def test_when_pages_cannot_be_asked_for_so_then_it_is_refused(
        self, pagination: dict[str, Any], path: str, tmp_path: Path
    ) -> None:
        """Each type takes its own keys."""
        found = problems_of(tmp_path, HTTPS, {"pagination": pagination})

        assert list(found) == [f"pagination.{path}"]

    @pytest.mark.parametrize("url", ["x.example", "ftp://x.example", "https://", "http://[x", 7])
    def test_when_the_url_is_none_then_it_is_refused_without_telling_it(
        self,
        url: object,
        tmp_path: Path,
    ) -> None:
        """It may be a password in the wrong place."""
        assert list(problems_of(tmp_path, url, {})) == ["url"]

    @pytest.mark.covers("api:allow_insecure")
    @pytest.mark.parametrize(
        ("url", "auth", "key"),
        [
            ("http://x.example", BEARER, "url"),
            (
                "https://x.example",
                {
                    "type": "oauth2",
                    "token_url": "http://y.example",
                    "client_id": "a",
                    "client_secret": "open-sesame",
                },
                "auth.token_url",
            ),
        ],
    )
    def test_when_credentials_would_go_in_clear_then_the_job_must_say_so(
        self, url: str, auth: dict[str, Any], key: str, tmp_path: Path
    ) -> None:
        """Anybody on the way could read them."""
        assert list(problems_of(tmp_path, url, {"auth": auth})) == [key]
        resolve_job(an_api_job(tmp_path, url, {"auth": auth, "allow_insecure": True}))
        resolve_job(an_api_job(tmp_path, url.replace("http:", "https:"), {}))
        local = {key: str(value).replace("y.example", "127.0.0.1") for key, value in auth.items()}
        resolve_job(an_api_job(tmp_path, url.replace("x.example", "[::1]:8"), {"auth": local}))


DOCUMENTS = st.recursive(
    st.none() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)


class TestGivenJsonPaths:
    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("$", ()),
            ("a", ("a",)),
            ("a.b", ("a", "b")),
            ("$.a.b_1", ("a", "b_1")),
            ("$['a b'].c", ("a b", "c")),
            ('$["a"]["b.c"]', ("a", "b.c")),
            ("$.ä", ("ä",)),
        ],
    )
    def test_when_it_goes_by_keys_then_no_library_is_asked(
        self, text: str, keys: tuple[str, ...]
    ) -> None:
        """As nearly all of them do; `a.b` is short for `$.a.b`."""
        assert JsonPath(text).keys == keys

    @pytest.mark.parametrize("text", ["$.a[", "$..", ".a", "$.a b", "a[?", "$['\\q']", "", "['a']"])
    def test_when_it_is_none_then_it_is_refused(self, text: str) -> None:
        """Before anything is asked for."""
        with pytest.raises(ValueError, match="is no JSONPath"):
            JsonPath(text)

    @given(
        document=DOCUMENTS,
        path=st.sampled_from(["$.a", "$.a.b", "$[0]", "$.a[*]", "$..a", "$[*].b", "$.a[-1:].c"]),
    )
    def test_when_texts_are_found_then_they_are_those_of_the_values(
        self, document: object, path: str
    ) -> None:
        """What is cut out of a document is what the path finds in it, in order."""
        data = json.dumps(document).encode()
        found = JsonPath(path)

        assert [json.loads(text) for text in found.texts(data)] == found.values(document)

    def test_when_records_are_found_by_more_than_keys_then_their_digits_stay(
        self, tmp_path: Path
    ) -> None:
        """A float of Python's would lose them."""
        body = b'{"x": [{"a": {"id": 1, "d": 0.10}}, {"a": {"id": 2, "d": 1e2}}, {"b": 1}], "n": 2}'
        pagination = {"type": "page", "pages": "$.n", "repeated_page": "accept"}

        with Api(lambda _: Reply(body=body)) as api:
            reader = {"records": "$.x[*].a", "pagination": pagination}
            job = an_api_job(tmp_path, f"{api.url}/y", reader)
            batches = list(create_extractor(job).extract())

        assert [row for batch in batches for row in batch] == [
            {"id": 1, "d": 0.1},
            {"id": 2, "d": 100.0},
        ] * 2
        # Which of the records that were found, and no byte: they were put together.
        assert batches[1].position is not None
        assert batches[1].position(1) == Position(f"{api.url}/y?page=2 (page 2)", 2, None)

    def test_when_a_path_finds_one_array_then_that_holds_the_records(self, tmp_path: Path) -> None:
        """As a path of keys does."""
        with Api(lambda _: Reply(body={"x": [{"y": [{"id": 1}, {"id": 2}]}]})) as api:
            found = read(tmp_path, api.url, {"records": "$.x[0].y"})

        assert found == [{"id": 1}, {"id": 2}]

    def test_when_the_library_is_not_there_then_the_command_that_installs_it_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is needed for such paths alone."""
        monkeypatch.setitem(__import__("sys").modules, "jsonpath_rfc9535", None)

        resolve_job(an_api_job(tmp_path, HTTPS, {"records": "$.a.b"}))
        with pytest.raises(PluginError, match=r"pip install 'headrace\[api\]'"):
            resolve_job(an_api_job(tmp_path, HTTPS, {"records": "$.a[*]"}))
