"""The harness's own plugins, measured as a stranger's would be.

Modules:
    jsonl: A writer of JSON lines.
    prebuilt: Readers that cost nothing.
    rows: A reader of CSV that yields rows.
"""
