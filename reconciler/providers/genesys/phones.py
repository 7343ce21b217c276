"""WebRTC phones: one for whoever has none, made the person's default station."""

from typing import Any, Final

from reconciler import errors
from reconciler.model import Address, Tenant
from reconciler.providers.genesys import api, mapping
from reconciler.providers.genesys.api import Record
from reconciler.providers.genesys.users import Users
from reconciler.providers.transport import Transport

LOOKS: Final = 10
"""So often the station of a new phone is looked for: it may take a minute to appear."""
SITE, BASE_SETTINGS = "site", "base_settings"


def holders(transport: Transport) -> frozenset[str]:
    """Ids of the users who have a WebRTC phone."""
    phones = api.listing(transport, api.PHONES)
    users = (_user(phone) for phone in phones if phone.get("state") != "deleted")
    return frozenset(user for user in users if user)


def _user(phone: Record) -> str | None:
    user = phone.get("webRtcUser")
    return mapping.text(user, "id") if isinstance(user, dict) else None


class Phones:
    """Makes phones with the site and the base settings that the tenant block names."""

    def __init__(self, transport: Transport, tenant: Tenant, users: Users) -> None:
        self._transport, self._stated, self._users = transport, tenant.webrtc_phone, users

    @property
    def is_configured(self) -> bool:
        return bool(self._stated)

    def ensure(self, address: Address, user: str) -> None:
        """A phone that is there already is not made again; nor is a station set twice."""
        if not self.of(user):
            self._transport.send("POST", api.PHONES, self._new(user))
            self._users.wait_until(lambda: bool(self.of(user)), address)
        station = self._station(address, user)
        place = f"{api.USERS}/{user}/station"
        for role in ("associatedstation", "defaultstation"):
            self._users.sent("PUT", f"{place}/{role}/{station}", user=user)

    def of(self, user: str) -> tuple[Record, ...]:
        """The WebRTC phones of a user."""
        phones = api.listing(self._transport, api.PHONES, {"webRtcUser.id": user})
        return tuple(p for p in phones if _user(p) == user and p.get("state") != "deleted")

    def _new(self, user: str) -> dict[str, Any]:
        """The lines of a phone are those of its base settings."""
        base = self._named(api.BASE_SETTINGS, self._stated[BASE_SETTINGS], BASE_SETTINGS)
        site = self._named(api.SITES, self._stated[SITE], SITE)
        lines = base.get("lines") or ()
        line = next((mapping.text(entry, "id") for entry in lines), None)
        settings = {"lineBaseSettings": {"id": line}} if line else {}
        name = f"WebRTC {self._users.name(user)}"
        return {
            "name": name,
            "site": {"id": site["id"]},
            "phoneBaseSettings": {"id": base["id"]},
            "phoneMetaBase": base.get("phoneMetaBase"),
            "lines": [{"name": name, **settings}],
            "webRtcUser": {"id": user},
            **settings,
        }

    def _named(self, path: str, name: str, key: str) -> Record:
        record = api.named(self._transport, path, name)
        if record is None:
            raise errors.RequestError(
                f"`webrtc_phone: {{{key}: {name}}}` of the tenant block is not in the tenant"
            )
        return record

    def _station(self, address: Address, user: str) -> str:
        """The id of the station that the platform makes for a phone, a while after."""
        for attempt in range(1, LOOKS + 1):
            for entry in api.listing(self._transport, api.STATIONS, {"webRtcUserId": user}):
                return str(entry["id"])
            if attempt < LOOKS:
                self._transport.pause(attempt)
        raise errors.RequestError(f"{address} has a phone, and its station does not show")
