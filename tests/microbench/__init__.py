"""Benchmarks of the functions that run once a batch: `nox -s microbench`."""
