"""The language of expressions, held against DuckDB.

- `form`: an operator or function with holes, as headrace writes it and as DuckDB is asked.
- `operators`, `functions`, `casts`: every one of them.
- `columns`: the columns that expressions are over, and their values.
- `trees`: strategies of expressions.
- `oracle`: DuckDB's answers, with the differences that are meant as macros.
- `differences`: those differences, for the documents.
"""
