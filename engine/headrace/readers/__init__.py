"""Sources to batches.

- `section`, `state`: what all readers are told, and the state as they see it.
- `csvconfig`: the options of both CSV readers.
- `csvpending`: which files are still to be read, from where on, and what the state keeps.
- `csvfiles`: the files of both CSV readers.
- `csvsniff`: the dialect that a CSV file seems to have.
- `csv`: CSV by Python's parser.
- `rust`: CSV by the core, Arrow.
- `jsonrecords`: arrays of JSON records as batches.
- `postgres`: Postgres by the core, Arrow.
- `postgrescatalog`: columns and keys of tables and queries, as the catalog says.
- `postgresconfig`: the options of the Postgres reader.
- `postgresdsn`: how to connect, as libpq writes it.
- `postgresparts`: ranges of a key, read at once.
- `postgresplace`: the order of a cursor, and the place in it that the state keeps.
- `postgressession`: sessions with the server.
- `airbyte`: Airbyte connectors.
- `airbyteconfig`: its options.
- `airbytecommand`, `airbyteprocess`, `airbytecontainer`: how a connector is called, its process
  or container, and their end.
- `airbytecatalog`, `airbytestate`, `airbytemessages`: what it says.
- `airbytesecrets`: its config: what is wrong with it, and what of it is secret.
- `cabi`: any reader in a shared library.
"""
