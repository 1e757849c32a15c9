"""Tables of Iceberg as a target, by PyIceberg without pyarrow.

- `config`: what a job says.
- `attempts`: what commits that did not land have left.
- `catalogs`: a catalog's one attempt at a commit, and its errors.
- `database`: SQLite and Postgres.
- `patience`: how often a REST catalog is asked, and the waits in between.
- `fileio`, `places`: PyIceberg's files in our object stores.
- `types`: Arrow types to Iceberg's and back.
- `partitions`: the partition spec as a job spells it, and the values of a file.
- `columns`: a table that is made from a job's columns, checked against them, or changed.
- `datafiles`: what a snapshot says of a file.
- `fence`: who may commit, kept in the table.
- `snapshots`: the commit, once.
- `restcatalog`: REST catalogs, with time limits and retries.
- `split`: two stores as one.
- `sqlcatalog`: the tables of a catalog in a database.
- `table`: one table as a job uses it.
- `target`: the target.
"""
