"""What the command line asks of a suite: which cells, and from where their servers are."""

import argparse
import os
from dataclasses import replace
from typing import Final

from headrace_harness.catalog import load_parts, load_suite
from headrace_harness.services import Choice, check_providers, choose_providers
from headrace_harness.services.providers import Kind
from headrace_harness.suite.plan import Plan, Selection, make_plan

DEFAULT_SUITE: Final = "smoke"

REQUIRE_DOCKER: Final = "HEADRACE_REQUIRE_DOCKER"
"""The variable that makes the absence of Docker a failure."""

_DEMANDED: Final = frozenset({"docker", "external"})
"""Kinds of providers of which a lack is a failure; of others it is declared."""

_MINIO: Final = ("docker", "minio")
"""Providers of `s3` that are MinIO."""


def plan_from(args: argparse.Namespace) -> Plan:
    """The plan of `--suite` and its filters.

    Raises:
        UsageError: An unknown name, or nothing is left.
    """
    return make_plan(load_suite(args.suite or DEFAULT_SUITE), _selection(args))


def plan_with_servers(args: argparse.Namespace) -> tuple[Plan, Choice]:
    """The plan, in which is declared what lacks its server, and from where servers are.

    Raises:
        UsageError: An unknown name or provider, or nothing is left.
    """
    overrides = providers_from(args.provider)
    suite, selection = load_suite(args.suite or DEFAULT_SUITE), _selection(args)
    needed = _services(make_plan(suite, selection))
    kind: Kind = args.services or "auto"
    if kind == "auto" and os.environ.get(REQUIRE_DOCKER):
        kind = "docker"
    choice = choose_providers(kind, overrides, needed)
    providers, reasons = dict(choice.providers), dict(choice.reasons)
    # What was asked for, by name or by its kind, fails where it cannot be had.
    asked = {name for name in needed if name in overrides or providers[name] == kind in _DEMANDED}
    lacking = {name: why for name, why in choice.lacking.items() if name not in asked}
    if {"s3", "minio"} <= set(needed) and providers["s3"].startswith(_MINIO):
        if "s3" in overrides:
            lacking["minio"] = "the target s3 is MinIO in this run"
        else:
            providers["s3"] = "embedded"
            reasons["s3"] = "s3: embedded, for the target s3-minio is the other server"
    plan = make_plan(suite, replace(selection, lacking=lacking))
    return plan, Choice(providers=providers, reasons=reasons, lacking=lacking)


def _selection(args: argparse.Namespace) -> Selection:
    return Selection(
        readers=_names(args.reader),
        writers=_names(args.writer),
        targets=_names(args.target),
        datasets=_names(args.dataset),
        rows=args.rows,
        samples=args.samples,
        timeout_s=getattr(args, "timeout_s", None),
    )


def _services(plan: Plan) -> list[str]:
    """What the cells of a plan need, each once."""
    parts = load_parts()
    cells = plan.runnable
    named = [
        *(parts.readers[cell.reader].service for cell in cells),
        *(parts.targets[cell.target].service for cell in cells),
    ]
    return [name for name in dict.fromkeys(named) if name]


def providers_from(values: list[str]) -> dict[str, str]:
    """Those of `--provider`, by service.

    Raises:
        UsageError: One does not exist.
    """
    parts = [value.partition("=") for value in values]
    providers = {service: provider for service, _, provider in parts}
    check_providers(providers)
    return providers


def _names(values: list[str]) -> list[str]:
    """Repeated and comma-separated names, flat."""
    return [name for value in values for name in value.split(",") if name]
