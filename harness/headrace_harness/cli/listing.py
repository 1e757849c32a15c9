"""`bench list`: suites, data sets and the cells that a selection leaves."""

import argparse
import json
from typing import Any

from headrace_harness.catalog import (
    dataset_names,
    load_dataset,
    load_suite,
    suite_names,
)
from headrace_harness.cli.display import describe_plan, format_duration
from headrace_harness.cli.selection import plan_from


def list_scenarios(args: argparse.Namespace) -> int:
    """Print what there is; always 0.

    Raises:
        UsageError: The filters match nothing.
    """
    plan = plan_from(args)
    suites = [load_suite(name) for name in suite_names()]
    datasets = [load_dataset(name) for name in dataset_names()]
    if args.json:
        listing: dict[str, Any] = {
            "schema_version": 1,
            "suites": [{"suite": suite.name, "title": suite.title} for suite in suites],
            "datasets": [
                {
                    "dataset": dataset.name,
                    "title": dataset.title,
                    "license": dataset.license,
                    "source": dataset.source,
                    "sizes": {size.name: size.rows for size in dataset.sizes.values()},
                }
                for dataset in datasets
            ],
            "suite": plan.suite,
            "estimate_s": round(plan.estimate_s, 1),
            "cells": [cell.to_dict() for cell in plan.cells],
        }
        print(json.dumps(listing))  # noqa: T201 - the command's output
        return 0
    lines = ["suites"]
    lines += [f"  {suite.name:<10} {suite.title}" for suite in suites]
    lines += ["", "data sets"]
    for dataset in datasets:
        sizes = ", ".join(f"{size.name} {size.rows:,}" for size in dataset.sizes.values())
        lines.append(f"  {dataset.name:<10} {dataset.title}; sizes {sizes}")
    lines += ["", describe_plan(plan), ""]
    lines += [
        f"  {cell.id:<40} {cell.samples} \u00d7 {format_duration(cell.estimate_s)}"
        + (f"  unsupported: {cell.unsupported}" if cell.unsupported else "")
        for cell in plan.cells
    ]
    print("\n".join(lines))  # noqa: T201 - the command's output
    return 0
