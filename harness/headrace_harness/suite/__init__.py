"""The plan and its execution.

Modules:
    compare: A against B, in pairs.
    destination: Where a sample's output goes, and how it is fetched from there.
    interruption: A signal that ends a run early.
    plan: Cells of a suite, filtered, with an estimate.
    run: Samples, interleaved; every one recorded.
    resume: A run that was ended early, and goes on.
    sample: One sample: job, worker, check.
    sources: Data sets: made, read independently, served.
"""
