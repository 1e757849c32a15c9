"""Measures every reader, writer and target of headrace in worker processes.

Imports nothing: the worker's memory is measured, and this module is loaded there.

Modules:
    catalog: The scenarios as typed values.
    cli: `headrace bench`.
    comparison: The comparisons as typed values.
    contract: Column names and types of a contract, read without the engine.
    data: Data sets, made once and cached.
    doctor: What will disturb a measurement, or is missing.
    doctorservices: What is missing for servers, or left of dead ones.
    environment: What a result depends on outside the code.
    errors: What the harness raises.
    finding: One thing that `bench doctor` looked at.
    images: The images of servers and connectors, made on this machine.
    locks: One at a time, of all processes of this machine.
    longcommand: A command that takes minutes, and what it is at.
    measure: Memory, noise and the life of a measured process.
    paths: Where things are kept.
    peers: What others make of the same work.
    plugins: The harness's own reader and writer.
    report: From records to summary, Markdown and HTML.
    services: Servers that readers of a cell need.
    stats: Medians, intervals and ratios.
    store: Append-only records.
    suite: The plan and its execution.
    verify: An independent check of the output.
    worker: One measured sample, in a process of its own.
"""
