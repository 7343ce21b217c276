"""What Genesys Cloud shows and takes, field by field. Special cases elsewhere derive from this."""

from typing import Final

from reconciler import kinds
from reconciler.model import Capabilities

INTERVAL: Final = 60 / 295
"""Seconds between two requests: the documented limit is 300 a minute for a client, of which a few
are left to the clock of the other side.
"""

_AGENT: Final = frozenset(
    {"name", "email", "preferred_name", "active", "extension", "licenses", "queues", "skills"}
)
_WRITTEN: Final = _AGENT - {"email"}

_CONSEQUENCES: Final = {
    "agent.suspend": (
        "who becomes inactive loses the roles that were given directly",
        "note them before; a restore gives back only those that come through groups",
    ),
    "agent.restore": (
        "who becomes active again has only the roles that come through groups",
        "give the others again in the console of the tenant; licenses may depend on them",
    ),
    "agent.email": (
        "the tenant takes an e-mail only with a new person",
        "a person changes it in the console of the tenant; the apply leaves it as a step",
    ),
}
_WITHOUT_PHONES: Final = {
    "agent.create": (
        "a new person has no phone and receives no calls without one",
        "make one in the console of the tenant, or name `webrtc_phone:` in the tenant block",
    ),
}


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
        makes_phones=has_phones,
        consequences=_CONSEQUENCES if has_phones else {**_CONSEQUENCES, **_WITHOUT_PHONES},
    )
