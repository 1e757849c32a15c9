"""PyIceberg's REST catalog, with time limits and failures of ours."""

from typing import Any, Final

from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.io import PY_IO_IMPL
from requests import RequestException, Session
from requests.adapters import HTTPAdapter

from headrace.targets.iceberg.config import CatalogKeys
from headrace.targets.iceberg.fileio import PLACES_KEY, StoreFileIO
from headrace.targets.iceberg.places import Places

UNREACHED: Final = RequestException


class Timed(HTTPAdapter):
    """Requests that end.

    Args:
        timeout_s: To connect, and for each piece of an answer [s].
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def send(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as of requests
        """As of requests, with a time limit where there is none."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout_s
        return super().send(*args, **kwargs)


class TimedRestCatalog(RestCatalog):
    """A REST catalog that is not waited for for ever.

    Args:
        name: The catalog's name.
        timeout_s: For one answer [s].
        properties: As of PyIceberg.
    """

    def __init__(self, name: str, *, timeout_s: float, **properties: Any) -> None:  # noqa: ANN401  as of PyIceberg
        self._timeout_s = timeout_s
        super().__init__(name, **properties)

    def _config_headers(self, session: Session) -> None:
        # The first thing that is done to a new session: before it asks for a token.
        for scheme in ("http://", "https://"):
            session.mount(scheme, Timed(self._timeout_s))
        super()._config_headers(session)


def rest_catalog(keys: CatalogKeys, places: Places) -> TimedRestCatalog:
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
    return TimedRestCatalog(keys.name, timeout_s=keys.timeout_s, **properties)
