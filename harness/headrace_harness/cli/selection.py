"""The plan that the command line's filters leave of a suite."""

import argparse
from typing import Final

from headrace_harness.catalog import load_suite
from headrace_harness.services import check_providers
from headrace_harness.suite.plan import Plan, Selection, make_plan

DEFAULT_SUITE: Final = "smoke"


def plan_from(args: argparse.Namespace) -> Plan:
    """The plan of `--suite` and its filters.

    Raises:
        UsageError: An unknown name, or nothing is left.
    """
    return make_plan(
        load_suite(args.suite or DEFAULT_SUITE),
        Selection(
            readers=_names(args.reader),
            writers=_names(args.writer),
            targets=_names(args.target),
            datasets=_names(args.dataset),
            rows=args.rows,
            samples=args.samples,
            timeout_s=getattr(args, "timeout_s", None),
        ),
    )


def providers_from(values: list[str]) -> dict[str, str]:
    """The providers of `--provider`, by service.

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
