"""What others make of the same work, in the same run: commands of their own.

Modules:
    adbc: Postgres to Parquet by ADBC and pyarrow, in a process of its own.
    airbyte: headrace and PyAirbyte on one recorded output; and a connector, alone and read.
    postgres: headrace, ADBC and a COPY that throws its bytes away, by turns.
    pyairbyte: An Airbyte stream into PyAirbyte's cache, in an environment of its own.
    s3: headrace to an S3 server, to a local directory, and the server by itself.
    rounds: What these have in common: rounds, rates, ratios.
"""
