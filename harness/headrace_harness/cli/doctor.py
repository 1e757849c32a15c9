"""`bench doctor`: findings as lines or JSON."""

import argparse
import json

from headrace_harness.doctor import examine_machine


def examine(args: argparse.Namespace) -> int:
    """Print every finding; 1 if something is missing, else 0: noise is no fault."""
    findings = examine_machine()
    is_whole = all(finding.state != "missing" for finding in findings)
    if args.json:
        report = {
            "schema_version": 1,
            "verdict": "ok" if is_whole else "missing",
            "findings": [finding.to_dict() for finding in findings],
        }
        print(json.dumps(report))  # noqa: T201 - the command's output
    else:
        for finding in findings:
            mark = {"good": "✓", "disturbs": "~", "absent": "-", "missing": "✗"}[finding.state]
            print(f"{mark} {finding.subject:<16} {finding.found}")  # noqa: T201 - the command's output
            if finding.mend:
                print(f"  {'':<16} → {finding.mend}")  # noqa: T201 - the command's output
    return 0 if is_whole else 1
