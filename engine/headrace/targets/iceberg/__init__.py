"""Tables of Iceberg as a target, by PyIceberg without pyarrow.

- `config`: what a job says.
- `catalogs`: REST and SQL catalogs, their time limits and their errors.
- `fileio`, `places`: PyIceberg's files in our object stores.
- `types`: Arrow types to Iceberg's and back.
- `partitions`: the partition spec as a job spells it, and the values of a file.
- `columns`: a table that is made from a job's columns, checked against them, or changed.
- `datafiles`: what a snapshot says of a file.
- `fence`: who may commit, kept in the table.
- `snapshots`: the commit, once.
- `split`: two stores as one.
- `sqlcatalog`: the SQL catalog with time limits.
- `table`: one table as a job uses it.
- `target`: the target.
"""
