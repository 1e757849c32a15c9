"""Whose keys a bucket is reached with: the job's, the environment's, a profile's.

Where none of them has any the client asks on: web identity, the container's role, the machine's.
"""

import configparser
import os
from dataclasses import dataclass
from pathlib import Path

from headrace.errors import ConfigError, Problem
from headrace.job import Secret


class _ProfileError(Exception):
    """A profile that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Keys, and what else a profile says; None where nobody says."""

    access_key: Secret | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None
    region: str | None = None
    endpoint: str | None = None


def find(profile: str | None, *, section: str = "target", has_keys: bool = False) -> Credentials:
    """The environment's keys, else those of a profile.

    Args:
        profile: The one that the job names; `AWS_PROFILE` or `default` where it names none.
        section: Which section of the job does, for errors.
        has_keys: Whether the job has keys of its own, so that a profile's are not needed.

    Raises:
        ConfigError: The profile is not there, is half, or of a kind that needs another program.

    Source:
        The AWS SDKs and Tools Reference Guide, settings and files: order and variables.
    """
    environment = os.environ
    by_environment = profile is None and bool(environment.get("AWS_ACCESS_KEY_ID"))
    needs_keys = not has_keys and not by_environment
    try:
        found = _profile(profile or environment.get("AWS_PROFILE"), needs_keys=needs_keys)
    except _ProfileError as error:
        problem = Problem(path=f"{section}.profile", message=str(error))
        raise ConfigError(problems=[problem]) from None
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    keys = found
    if by_environment:
        keys = Credentials(
            access_key=_secret(environment["AWS_ACCESS_KEY_ID"]),
            secret_key=_secret(environment.get("AWS_SECRET_ACCESS_KEY")),
            session_token=_secret(environment.get("AWS_SESSION_TOKEN")),
        )
    return Credentials(
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        session_token=keys.session_token,
        region=found.region if profile else region or found.region,
        endpoint=found.endpoint if profile else endpoint or found.endpoint,
    )


def _profile(named: str | None, *, needs_keys: bool) -> Credentials:
    name = named or "default"
    home = Path("~/.aws").expanduser()
    keys = _section(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials", name)
    section = name if name == "default" else f"profile {name}"
    settings = {**_section(os.environ.get("AWS_CONFIG_FILE") or home / "config", section), **keys}
    region, endpoint = settings.get("region"), settings.get("endpoint_url")
    if not needs_keys:
        return Credentials(region=region, endpoint=endpoint)
    if named is not None and not settings:
        message = f"there is no profile {name!r} in the AWS files"
        raise _ProfileError(message)
    access_key = settings.get("aws_access_key_id")
    by_program = [key for key in settings if key in _BY_PROGRAM]
    if access_key is None and named is not None and by_program:
        message = (
            f"profile {name!r} takes its keys by {by_program[0]}, which headrace does not; "
            "put them into the environment: aws configure export-credentials --format env"
        )
        raise _ProfileError(message)
    if access_key is not None and "aws_secret_access_key" not in settings:
        message = f"profile {name!r} has an access key and no secret key"
        raise _ProfileError(message)
    return Credentials(
        access_key=_secret(access_key),
        secret_key=_secret(settings.get("aws_secret_access_key")),
        session_token=_secret(settings.get("aws_session_token")),
        region=region,
        endpoint=endpoint,
    )


_BY_PROGRAM = frozenset({"credential_process", "sso_session", "sso_start_url", "role_arn"})


def _section(path: str | Path, name: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(default_section="", strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        # Of the parser's words only the kind: they repeat the line, which may hold a key.
        message = f"{path} cannot be read: {type(error).__name__}"
        raise _ProfileError(message) from None
    return dict(parser[name]) if parser.has_section(name) else {}


def _secret(value: str | None) -> Secret | None:
    return Secret(value) if value else None
