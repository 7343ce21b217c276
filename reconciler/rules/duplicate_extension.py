"""One holder for each extension, over agents, queues and the UC directory.

Somebody who has left before the other comes is no holder any more.

Passes:

    agents:
      - {email: ana@acme.example, extension: 4001, until: 2026-03-31}
      - {email: bo@acme.example, extension: 4001, from: 2026-04-01}

Fails:

    agents:
      - {email: ana@acme.example, extension: 4001}
      - {email: bo@acme.example, extension: 4001}
"""

from collections.abc import Iterator

from reconciler.diagnostics import Diagnostic, Severity
from reconciler.rules import holders
from reconciler.rules.view import View

ID = "duplicate-extension"
SEVERITY = Severity.ERROR


def check(view: View) -> Iterator[Diagnostic]:
    hint = "give one of the two another extension, or an `until` before the other's `from`"
    return holders.duplicates((ID, SEVERITY), view, "extension", "extension", hint)
