"""The plan and its execution.

Modules:
    compare: A against B, in pairs.
    plan: Cells of a suite, filtered, with an estimate.
    run: Samples, interleaved; every one recorded.
    sample: One sample: job, worker, check.
"""
