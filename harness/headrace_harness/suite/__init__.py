"""The plan and its execution.

Modules:
    plan: Cells of a suite, filtered, with an estimate.
    run: Samples, interleaved; every one recorded.
    sample: One sample: job, worker, check.
"""
