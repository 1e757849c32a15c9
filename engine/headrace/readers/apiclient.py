"""The client of the REST API reader: asks as who may, as fast as it may, until it is answered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from headrace.errors import AuthError, HeadraceError, ReaderError
from headrace.job import secrets_of
from headrace.readers.apiauth import Auth
from headrace.readers.apiconfig import ApiConfig, RetryConfig
from headrace.readers.apiconnection import Answer, Connection
from headrace.readers.apiendpoint import Request
from headrace.readers.apifaults import fault_of
from headrace.readers.apirate import RateLimit
from headrace.readers.apiretry import Retries, Stop
from headrace.readers.apisecrets import Concealer
from headrace.readers.apiurl import following, with_params, without_params

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_MOST_REDIRECTS: Final = 5
_REFUSALS: Final = (400, 401, 403, 404)
"""Of a token. RFC 6749, section 5.2: a client that is not known is refused by 400, or 401."""

_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "headrace",
}


class Client:
    """Asks one source.

    Args:
        config: The job's reader section.
        tries_once: Whether nothing is asked twice.

    Raises:
        PluginError: urllib3 is not installed.

    Attributes:
        conceal: Takes the section's secrets, and fetched tokens, out of texts.
        limit: How fast it may ask.
    """

    def __init__(self, config: ApiConfig, *, tries_once: bool = False) -> None:
        said = [[one.headers, one.params, one.body] for one in config.everything().values()]
        own = config.auth.secrets if config.auth is not None else ()
        self.conceal = Concealer([*secrets_of(said), *own])
        self.limit = RateLimit(config.rate_limit)
        self._stop = Stop()
        self._connection = Connection(config)
        retry = RetryConfig(budget_s=0) if tries_once else config.retry
        self._retries = Retries(retry, self._stop, lambda answer: fault_of(answer, self.conceal))
        self._auth = Auth(config.auth, self.conceal, self._token_answer)

    def answer(self, request: Request) -> Answer:
        """The answer to a request, whole.

        Raises:
            AuthError: 401 or 403, with a token that was fetched anew too.
            RateLimitError: The server asked to slow down for longer than is waited.
            ReaderConnectionError: It was not reached, or failed, for as long.
            SourceNotFoundError: 404.
            ReaderError: Any other status that is no answer; it leads to another origin.
        """
        with self._placed(request):
            answer = self._followed(request)
            if answer.status == HTTPStatus.UNAUTHORIZED and self._auth.can_renew:
                self._auth.renew()
                answer = self._followed(request)
            if not _is_fine(answer):
                raise fault_of(answer, self.conceal)
            return answer

    def bare(self, url: str) -> str:
        """A URL that a server gave, without what tells who asks: that is added to each request."""
        return without_params(url, [name for name, _ in self._auth.params])

    def cancel(self) -> None:
        """From another thread: give up, at once."""
        self._stop.set()
        self._connection.shut()

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.close()

    def _followed(self, request: Request) -> Answer:
        """The answer to a request, or to what it is redirected to within the same origin."""
        for _ in range(_MOST_REDIRECTS):
            answer = self._retries.answer(lambda: self._authorised(request))  # noqa: B023  called here
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            keeps_method = request.method == "GET" or answer.status in (307, 308)
            if not keeps_method:
                message = f"the server answered a POST by a redirect ({answer.status})"
                raise ReaderError(message, status=answer.status)
            target = following(request.url, answer.headers["location"], what="a redirect")
            request = Request(
                method=request.method,
                url=self.bare(target),
                headers=request.headers,
                body=request.body,
            )
        message = f"the server redirects more than {_MOST_REDIRECTS} times"
        raise ReaderError(message)

    def _authorised(self, request: Request) -> Answer:
        own = self._auth.headers()
        self._stop.wait(self.limit.wait_s())
        kind = {"Content-Type": "application/json"} if request.body is not None else {}
        headers = _merged(_HEADERS, kind, request.headers, own)
        url = with_params(request.url, self._auth.params)
        return self._connection.exchange(request, headers, url)

    def _token_answer(self, request: Request) -> Answer:
        """The answer of an authorisation server."""
        with self._placed(request):
            answer = self._retries.answer(
                lambda: self._connection.exchange(
                    request, _merged(_HEADERS, request.headers), request.url
                )
            )
            if _is_fine(answer):
                return answer
            fault = fault_of(answer, self.conceal)
            if answer.status in _REFUSALS:
                message = f"no token is given: {fault.message}"
                raise AuthError(message, **fault.where)
            raise fault

    @contextmanager
    def _placed(self, request: Request) -> Iterator[None]:
        """Say in errors what was asked."""
        try:
            yield
        except HeadraceError as error:
            error.where = {"url": self.conceal.url(request.url)} | error.where
            raise


def _merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Headers, later ones in place of earlier ones, whatever the case of their names."""
    found = {name.lower(): (name, value) for each in headers for name, value in each.items()}
    return dict(found.values())


def _is_fine(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


__all__ = ["Client"]
