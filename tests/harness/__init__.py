"""Laws of the harness, held with real processes."""
