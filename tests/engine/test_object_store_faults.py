"""The client of S3 before servers that fail: what it repeats, what never, and what it says."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from headrace._native import ObjectStore, translated
from headrace.errors import (
    HeadraceError,
    TargetAuthError,
    TargetConnectionError,
    WriterError,
)

from tests.faultproxy import FaultProxy
from tests.fronts import Front
from tests.objectstores import PIECE, a_bucket, a_sink, an_upload, fill
from tests.s3 import SERVERS, server
from tests.waiting import a_dead_port, holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from headrace.stores.bucket import Bucket
    from headrace_harness.services.s3 import Access

    from tests.faultproxy import Action

PART = "partNumber="
COMPLETE = r"/f\?uploadId="


@dataclass(frozen=True)
class Scene:
    """A bucket seen through a proxy with faults, and directly."""

    proxy: FaultProxy
    bucket: Bucket
    behind: Bucket


def a_scene(name: str = "seaweedfs", **keys: Any) -> Scene:  # noqa: ANN401  any of BucketKeys
    """On a server that others use, too."""
    access = server(name).access
    proxy = FaultProxy(access)
    behind = a_bucket(access)
    prefix = behind.url("").removeprefix(f"s3://{access.bucket}/").strip("/")
    bucket = a_bucket(proxy.access, prefix=prefix, **({"retries": 2} | keys))
    return Scene(proxy, bucket, behind)


@pytest.fixture(params=SERVERS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """One for each server."""
    found = a_scene(request.param)
    yield found
    found.proxy.close()


def asked(scene: Scene, method: str) -> int:
    """Requests of a method that came."""
    return sum(1 for found, _ in scene.proxy.requests if found == method)


class TestGivenAServerThatIsTooBusy:
    @pytest.mark.parametrize("action", ["busy", "slow_down"])
    def test_when_it_is_not_for_long_then_nobody_notices(
        self, scene: Scene, action: Action
    ) -> None:
        """503 and SlowDown are waited out, whatever was asked for: the server has done nothing."""
        faults = [
            scene.proxy.fault(action, method=method, times=2) for method in ("PUT", "GET", "POST")
        ]

        etag = scene.bucket.put("a", b"x", if_absent=True)
        found = scene.bucket.get("a")
        upload_id, parts = an_upload(scene.bucket, "f", 6)
        late = scene.proxy.fault(action, method="POST", path=COMPLETE)
        scene.bucket.complete_upload("f", upload_id, parts)

        assert found == (b"x", etag)
        assert scene.behind.get("f") == (PIECE * 6, (scene.behind.head("f") or (0, ""))[1])
        assert [fault.fired for fault in [*faults, late]] == [2, 2, 2, 1]

    @pytest.mark.parametrize("action", ["busy", "slow_down"])
    def test_when_it_stays_so_then_it_is_told_as_worth_another_run(
        self, scene: Scene, action: Action
    ) -> None:
        """Three attempts, then TargetConnectionError and exit code 3."""
        scene.proxy.fault(action, times=None)

        with pytest.raises(TargetConnectionError, match="503") as caught:
            scene.bucket.put("a", b"x")

        assert (caught.value.exit_code, caught.value.retryable) == (3, True)
        assert asked(scene, "PUT") == 3


class TestGivenConnectionsThatBreak:
    @pytest.mark.parametrize("action", ["reset", "lose"])
    def test_when_a_part_is_lost_then_it_is_sent_again(self, scene: Scene, action: Action) -> None:
        """A part that is there twice is the same part."""
        fault = scene.proxy.fault(action, method="PUT", path=PART, after=1)

        upload_id, parts = an_upload(scene.bucket, "f", 16)
        scene.bucket.complete_upload("f", upload_id, parts)

        assert fault.fired == 1
        assert (scene.behind.get("f") or [b""])[0] == PIECE * 16

    def test_when_an_answer_is_cut_then_it_is_read_again(self, scene: Scene) -> None:
        """Half an object is never taken for one."""
        scene.behind.put("a", PIECE)
        fault = scene.proxy.fault("cut", method="GET")

        found = scene.bucket.get("a")

        assert fault.fired == 1
        assert (found or [b""])[0] == PIECE

    def test_when_no_part_arrives_then_each_later_call_says_so(self, scene: Scene) -> None:
        """What befalls a part in the background is raised by the next write, and by the end."""
        scene.proxy.fault("reset", method="PUT", path=PART, times=None)
        sink, upload_id = a_sink(scene.bucket, "f")

        for call in (lambda: fill(sink, [PIECE] * 20), lambda: sink.write(b"x"), sink.close):
            with pytest.raises(TargetConnectionError, match="write a part of"), translated():
                call()

        assert not sink.is_closed
        scene.bucket.abort_upload("f", upload_id)
        assert scene.behind.list("") == []

    @pytest.mark.parametrize("action", ["lose", "reset"])
    def test_when_the_answer_to_a_conditional_put_is_lost_then_it_is_not_put_again(
        self, scene: Scene, action: Action
    ) -> None:
        """A second attempt would say 412 of our own success: who asked looks for himself."""
        fault = scene.proxy.fault(action, method="PUT")

        with pytest.raises(TargetConnectionError):
            scene.bucket.put("m", PIECE, if_absent=True)

        assert (fault.fired, asked(scene, "PUT")) == (1, 1)
        landed = scene.behind.get("m")
        assert (landed or [None])[0] == (PIECE if action == "lose" else None)

    def test_when_the_answer_to_a_completion_is_lost_then_it_is_looked_up(
        self, scene: Scene
    ) -> None:
        """A second attempt would say that there is no such upload."""
        upload_id, parts = an_upload(scene.bucket, "f", 6)
        fault = scene.proxy.fault("lose", method="POST", path=COMPLETE)

        with pytest.raises(TargetConnectionError):
            scene.bucket.complete_upload("f", upload_id, parts)

        assert fault.fired == 1
        assert (scene.behind.head("f") or [0])[0] == 6 << 20

    def test_when_the_answer_to_an_open_upload_is_lost_then_it_is_said_and_the_upload_is_listed(
        self, scene: Scene
    ) -> None:
        """No second one is begun behind it; the one that nobody heard of is found by its key."""
        fault = scene.proxy.fault("lose", method="POST")

        with pytest.raises(TargetConnectionError):
            scene.bucket.create_upload("f")

        assert (fault.fired, len(scene.bucket.list_uploads("f"))) == (1, 1)

    def test_when_the_server_keeps_silent_then_that_has_an_end(self) -> None:
        """Every wait is bounded: here by half a second, three times."""
        scene = a_scene(timeout_s=0.5)
        fault = scene.proxy.fault("hold", method="GET", times=None, seconds=600.0)
        began = time.monotonic()

        with pytest.raises(TargetConnectionError, match="timed out"):
            scene.bucket.get("a")

        assert holds(lambda: fault.fired == 3)  # a request that was given up may be on its way
        assert time.monotonic() - began < 300.0  # one silence would have been twice as long


class TestGivenNobody:
    def test_when_no_one_listens_then_it_is_worth_another_run(self) -> None:
        """A dead port is TargetConnectionError, whatever is asked for."""
        access = server("seaweedfs").access
        with a_dead_port() as port:
            bucket = a_bucket(access, endpoint=f"http://127.0.0.1:{port}", retries=1)

            calls: list[Callable[[], object]] = [
                lambda: bucket.put("m", b"x", if_absent=True),
                lambda: bucket.list(""),
                lambda: bucket.list_uploads("f"),
                lambda: bucket.complete_upload("f", "id", []),
                lambda: bucket.abort_upload("f", "id"),
            ]
            for call in calls:
                with pytest.raises(TargetConnectionError, match="refused") as caught:
                    call()

                assert caught.value.exit_code == 3
                assert access.secret_key not in str(caught.value)


class TestGivenAServerThatDies:
    @pytest.mark.parametrize("name", SERVERS)
    def test_when_it_is_started_again_then_it_is_waited_for_and_its_uploads_complete(
        self, name: str
    ) -> None:
        """Parts that a server took are there after it was killed; a request finds it again."""
        mine = type(server(name))()
        mine.start()
        bucket = a_bucket(mine.access, retries=30)
        upload_id, parts = an_upload(bucket, "f", 6)
        mine.kill()

        with ThreadPoolExecutor(1) as pool:
            completing = pool.submit(bucket.complete_upload, "f", upload_id, parts)
            mine.start()  # on this thread, with which it would end
            completing.result()
        found = bucket.get("f")
        mine.stop()

        assert (found or [b""])[0] == PIECE * 6


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Whom the client may trust."""
    return trustme.CA()


@pytest.fixture(params=SERVERS)
def access(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[tuple[Access, str]]:
    """A server, and its URL behind TLS."""
    found = server(request.param).access
    front = Front(int(found.endpoint.rsplit(":", 1)[1]), authority)
    yield found, f"https://localhost:{front.port}"
    front.close()


class TestGivenTls:
    def test_when_the_own_authority_is_named_then_all_goes_through_it(
        self, access: tuple[Access, str], authority: trustme.CA, tmp_path: Path
    ) -> None:
        """Objects and parts, encrypted."""
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        bucket = a_bucket(access[0], endpoint=access[1], ca_certificate=str(tmp_path / "ca.pem"))

        upload_id, parts = an_upload(bucket, "f", 6)
        bucket.complete_upload("f", upload_id, parts)

        assert (bucket.get("f") or [b""])[0] == PIECE * 6

    def test_when_nobody_is_named_then_the_server_is_not_trusted(
        self, access: tuple[Access, str]
    ) -> None:
        """A stranger's certificate ends it at once, and the error says what to do."""
        bucket = a_bucket(access[0], endpoint=access[1], retries=100)

        with pytest.raises(TargetAuthError, match="not trusted: UnknownIssuer; name the CA"):
            bucket.put("a", b"x")

    def test_when_the_name_is_anothers_then_the_server_is_not_trusted(
        self, access: tuple[Access, str], authority: trustme.CA, tmp_path: Path
    ) -> None:
        """The certificate is for `localhost`, not for an address."""
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        endpoint = access[1].replace("localhost", "127.0.0.1")
        bucket = a_bucket(access[0], endpoint=endpoint, ca_certificate=str(tmp_path / "ca.pem"))

        with pytest.raises(TargetAuthError, match="not valid for name"):
            bucket.put("a", b"x")

    def test_when_the_server_speaks_none_then_that_is_told(self) -> None:
        """https: to a port of http: is no server that was reached."""
        access = server("seaweedfs").access
        endpoint = access.endpoint.replace("http://", "https://")

        with pytest.raises(TargetConnectionError):
            a_bucket(access, endpoint=endpoint, retries=0).put("a", b"x")


class Metadata(BaseHTTPRequestHandler):
    """What an instance with a role asks for its keys."""

    role: dict[str, str]

    def do_PUT(self) -> None:
        """A session's token."""
        self._answer(b"token")

    def do_GET(self) -> None:
        """The role's name, then its keys."""
        is_name = self.path.endswith("security-credentials/")
        self._answer(b"role" if is_name else json.dumps(self.role).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class TestGivenNoKeys:
    def test_when_the_machine_has_a_role_then_its_keys_are_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The library's chain ends at the instance's metadata."""
        access = server("seaweedfs").access
        role = {"AccessKeyId": access.access_key, "SecretAccessKey": access.secret_key}
        role |= {"Token": "", "Expiration": "2999-01-01T00:00:00Z"}
        handler = type("Role", (Metadata,), {"role": role})
        metadata = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=metadata.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{metadata.server_port}")

        failure = failure_of(access)
        metadata.shutdown()
        metadata.server_close()

        assert failure is None

    def test_when_nobody_has_any_then_that_is_told_and_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No credentials is TargetAuthError; another attempt would find none, either."""
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")

        failure = failure_of(server("seaweedfs").access)

        assert isinstance(failure, TargetAuthError)
        assert "no credentials were found" in failure.message


def failure_of(access: Access) -> HeadraceError | None:
    """What a put without keys meets."""
    try:
        with translated():
            store = ObjectStore(bucket=access.bucket, endpoint=access.endpoint, allow_http=True)
            store.put("role", b"x")
    except WriterError as failure:
        return failure
    return None
