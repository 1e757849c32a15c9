"""PyIceberg's REST catalog, with time limits and retries of ours.

PyIceberg 0.12 makes no request again that fails, but for a token that has expired
(docs/adr/0077-ask-catalogs-again-but-for-the-commit.md).
"""

from http import HTTPStatus
from typing import Any, Final

from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.io import PY_IO_IMPL
from requests import ConnectionError as NotReachedError
from requests import RequestException, Session, Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, SSLError

from headrace.retryafter import retry_after_s
from headrace.targets.iceberg.config import CatalogKeys
from headrace.targets.iceberg.fileio import PLACES_KEY, StoreFileIO
from headrace.targets.iceberg.patience import Patience
from headrace.targets.iceberg.places import Places

UNREACHED: Final = RequestException

_PASSING: Final = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""Answers after which another may be another."""


class Patient(HTTPAdapter):
    """Requests that end, and are made again while that may help.

    Args:
        timeout_s: To connect, and for each piece of an answer [s].
        patience: Says how often, and waits.
    """

    def __init__(self, timeout_s: float, patience: Patience) -> None:
        super().__init__()
        self._timeout_s = timeout_s
        self._patience = patience

    def send(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as of requests
        """As of requests, with a time limit where there is none; the answer is there whole."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout_s
        self._patience.begin()
        while True:
            try:
                answer = super().send(*args, **kwargs)
                _ = answer.content  # here, where what breaks off can be asked for again
            except SSLError:
                raise  # whoever is not trusted will not be, either
            except (NotReachedError, Timeout, ChunkedEncodingError):
                if not self._patience.goes_on():
                    raise
            else:
                if answer.status_code not in _PASSING:
                    return answer
                if not self._patience.goes_on(retry_after_s(answer.headers)):
                    return answer


class PatientRestCatalog(RestCatalog):
    """A REST catalog that is waited for, but not for ever.

    Args:
        name: The catalog's name.
        timeout_s: For one answer [s].
        patience: How often it is asked.
        properties: As of PyIceberg.
    """

    def __init__(
        self,
        name: str,
        *,
        timeout_s: float,
        patience: Patience,
        **properties: Any,  # noqa: ANN401  as of PyIceberg
    ) -> None:
        self._timeout_s = timeout_s
        self._patience = patience
        super().__init__(name, **properties)

    def _config_headers(self, session: Session) -> None:
        # The first thing that is done to a new session: before it asks for a token.
        for scheme in ("http://", "https://"):
            session.mount(scheme, Patient(self._timeout_s, self._patience))
        super()._config_headers(session)


def rest_catalog(keys: CatalogKeys, places: Places, patience: Patience) -> PatientRestCatalog:
    """The catalog that a job means.

    Raises:
        Exception: Whatever PyIceberg raises: it asks for the catalog's own configuration.
    """
    uri = keys.uri.reveal().rstrip("/")
    properties: dict[str, Any] = {
        **keys.properties,
        "uri": uri,
        PY_IO_IMPL: f"{StoreFileIO.__module__}.{StoreFileIO.__name__}",
        PLACES_KEY: places,
        # The place that older servers have; said, because PyIceberg warns where it guesses it.
        "oauth2-server-uri": keys.oauth2_server_uri or f"{uri}/v1/oauth/tokens",
    }
    if keys.warehouse is not None:
        properties["warehouse"] = keys.warehouse
    if keys.credential is not None:
        properties["credential"] = keys.credential.reveal()
    if keys.token is not None:
        properties["token"] = keys.token.reveal()
    if keys.scope is not None:
        properties["scope"] = keys.scope
    if keys.ca_certificate is not None:
        properties["ssl"] = {"cabundle": keys.ca_certificate}
    return PatientRestCatalog(keys.name, timeout_s=keys.timeout_s, patience=patience, **properties)
