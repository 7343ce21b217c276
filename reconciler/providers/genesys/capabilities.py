"""What Genesys Cloud shows and takes, field by field. Special cases elsewhere derive from this."""

from typing import Final

from reconciler import kinds
from reconciler.model import Capabilities

INTERVAL: Final = 0.2
"""Seconds between two requests: the documented limit is 300 a minute for a client."""

_AGENT: Final = frozenset(
    {"name", "email", "preferred_name", "active", "extension", "licenses", "queues", "skills"}
)
_WRITTEN: Final = _AGENT - {"email"}


def capabilities(*, has_phones: bool, has_licenses: bool) -> Capabilities:
    """`has_phones`: the tenant block names a site and base settings, so that phones are made;
    `has_licenses`: it maps our licenses to license definitions.
    """
    phone = frozenset({"phone"}) if has_phones else frozenset[str]()
    hidden = frozenset[str]() if has_licenses else frozenset({"licenses"})
    return Capabilities(
        observed={
            kinds.AGENT: (_AGENT | phone) - hidden,
            kinds.QUEUE: frozenset(),
            kinds.SKILL: frozenset(),
            kinds.LICENSE_POOL: frozenset({"requires"}),
            kinds.DIRECTORY_ENTRY: frozenset({"name", "extension", "type"}),
        },
        writable={
            kinds.AGENT: (_WRITTEN | phone | {"email"}) - hidden,
            kinds.QUEUE: frozenset(),
            kinds.SKILL: frozenset(),
        },
        creates=frozenset({kinds.AGENT, kinds.QUEUE, kinds.SKILL}),
        deletes=frozenset({kinds.AGENT}),
        members_on_queue=True,
        once=frozenset({"agent.email"}),
        levels=kinds.LEVELS_OF_PROVIDER["genesys"],
    )
