"""Cursors: what a run has read, kept between runs.

- `cursors`: what a reader sees, and which advances a commit covers.
- `store`: the stored document.
"""

from headrace.state.cursors import StateManager
from headrace.state.store import LocalStateStore, StateDocument, StateStore, open_store

__all__ = ["LocalStateStore", "StateDocument", "StateManager", "StateStore", "open_store"]
