"""Steps of a pipeline: what runs between a code forge and the other verbs.

`steps` runs one step, as a child process of this program, and shares only redacted results.
`github` talks to GitHub through `gh`, `approvals` finds and checks what was approved there, and
`workspace` makes the merged files of a pull request.
"""

from reconciler.forge.job import Job, of_environment
from reconciler.forge.steps import STEPS, run

__all__ = ["STEPS", "Job", "of_environment", "run"]
