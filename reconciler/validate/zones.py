"""Whether a name is a timezone that this machine knows."""

from zoneinfo import ZoneInfo


def is_timezone(name: object) -> bool:
    if not isinstance(name, str):
        return True
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True
