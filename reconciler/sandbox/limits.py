"""What any value may be at all: lengths, digits, numbers. No look at the tenant is needed."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.sandbox.facts import (
    AGENT_SETTINGS,
    PRESENCES,
    TARGET_SETTINGS,
    AgentSettings,
    Levels,
    Setting,
    TargetSettings,
)
from reconciler.sandbox.refusals import InvalidError

TEXT = 1024
EMAIL = 254
REST = 64 * 1024
MEMBERSHIPS = 1000
GROUP_MEMBERS = 20_000
BODY = 2 * 1024 * 1024
"""No request body is larger, whatever the door."""

_DIGITS = re.compile(r"[0-9]{1,15}")


def check_agent(settings: AgentSettings) -> None:
    check_settings(AGENT_SETTINGS, settings)
    if any(unicodedata.category(character) == "Cc" for character in settings.email):
        raise InvalidError("an e-mail holds no control characters", "email")
    check_levels("queues", settings.queues)
    check_levels("skills", settings.skills)
    check_rest(settings.rest)


def check_target(settings: TargetSettings) -> None:
    check_settings(TARGET_SETTINGS, settings)
    check_rest(settings.rest)


def check_settings(table: Iterable[Setting], settings: AgentSettings | TargetSettings) -> None:
    for setting in table:
        name, value = setting.name, getattr(settings, setting.name)
        if setting.is_number:
            check_extension(value)
        elif setting.choices:
            check_word(name, value, setting.choices)
        elif setting.type is str:
            check_text(name, value, longest=setting.longest, required=setting.is_stored)
        elif setting.type is int:
            check_number(name, value, *setting.bounds)


def check_text(
    field: str, value: str | None, *, longest: int = TEXT, required: bool = False
) -> None:
    if required and not (value or "").strip():
        raise InvalidError(f"{field} is missing", field)
    if value is not None and len(value) > longest:
        raise InvalidError(f"{field} is longer than {longest} characters", field)


def check_extension(value: str | None) -> None:
    if value is not None and not _DIGITS.fullmatch(value):
        raise InvalidError("an extension is 1 to 15 digits", "extension")


def check_word(field: str, value: str | None, allowed: Iterable[str]) -> None:
    if value is not None and value not in tuple(allowed):
        raise InvalidError(f"{field} is one of {', '.join(allowed)}", field)


def check_number(field: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise InvalidError(f"{field} is a number from {least} to {most}", field)


def check_presence(value: str) -> None:
    check_word("presence", value, PRESENCES)


def check_levels(field: str, levels: Levels) -> None:
    if len(levels) > MEMBERSHIPS:
        raise InvalidError(f"{field} has more than {MEMBERSHIPS} entries", field)
    for level in levels.values():
        if level is not None and not 1 <= level <= 10:
            raise InvalidError(f"a level in {field} is a number from 1 to 10", field)


def check_rest(rest: Mapping[str, Any]) -> None:
    if rest and len(json.dumps(rest, default=str)) > REST:
        raise InvalidError(f"the other attributes are larger than {REST} bytes")
