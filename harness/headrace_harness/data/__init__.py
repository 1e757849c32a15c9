"""Data sets, made once and cached outside the checkout.

Modules:
    cache: `prepare`: finds or makes a data set, under a lock, hash checked.
    cut: The first records of a CSV file.
    flights: Out of a package of PyPI.
    lineitem: By tpchgen-cli.
    playbook: Seeded, short records.
    repeated: The first of the short records, again and again.
    stripe: Seeded customers, charges and invoices.
    wide: Seeded, 1,000 bytes a record.
    words: Seeded text for the generated sets.
"""
