"""Steps between reader and contract, applied in the order in which they are written.

- `chain`: the steps of a stream, and what became of its rows.
- `parse`: the job's list to steps; everything that is wrong with it. A step's class is imported
  where a job names it, as every plugin's.
- `step`: what a step is.
- `native`: what steps that the core does have in common.
- `filter`, `derive`: expressions.
- `columns`: `select`, `rename`, `drop`.
- `cast`: exact casts.
- `deduplicate`: the first row of each key.
- `protect`: `mask` and `hash`, for personal data.
- `python`: a callable on rows or Arrow data.
"""

from headrace.transforms.chain import Chain, StepCount
from headrace.transforms.parse import StepPlan, plans_of, source_schema

__all__ = ["Chain", "StepCount", "StepPlan", "plans_of", "source_schema"]
