"""Shared libraries behind the C ABI: docs/c-abi.md has the functions.

- `config`: the keys of a cabi section, and where the library is.
- `library`: a library: loaded, its functions found and called.
- `handle`: a reader or writer of a library, freed once.
- `arrow`: batches across by the Arrow C Data Interface.
- `flight`: which library the process is in, for whoever outlives it.
"""
