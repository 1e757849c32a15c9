"""What others make of the same work, in the same run: commands of their own.

Modules:
    adbc: Postgres to Parquet by ADBC and pyarrow, in a process of its own.
    postgres: headrace, ADBC and a COPY that throws its bytes away, by turns.
"""
