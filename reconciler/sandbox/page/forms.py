"""The fields of one agent, between a form and the settings that the tenant keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request

from reconciler.sandbox.facts import AGENT_SETTINGS, UC, AgentSettings, Setting
from reconciler.sandbox.page import views
from reconciler.sandbox.page.visitors import ForbiddenError
from reconciler.sandbox.refusals import RefusedError

ON = "on"
"""What a browser sends for a ticked box."""
DIALOG = tuple(setting for setting in AGENT_SETTINGS if setting.hint is not None)
REQUIRED = {
    "name": "Give the full name of the agent.",
    "email": "Give the e-mail address that the agent signs in with.",
    "extension": "Give an extension that nobody else has.",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a form shows or sends: texts as typed, the word of a choice, `on` for a ticked box."""

    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")


EMPTY = Given({setting.name: next(iter(setting.choices), "") for setting in DIALOG})
"""Of a choice, the first is what a new agent gets."""


def filled(settings: AgentSettings) -> Given:
    values = {setting.name: getattr(settings, setting.name) for setting in DIALOG}
    return Given({name: ON if value is True else value or "" for name, value in values.items()})


def sent() -> Given:
    """The form that came back, without blanks around and control characters in its texts."""
    return Given({setting.name: _cleaned(request.form.get(setting.name, "")) for setting in DIALOG})


def version() -> int:
    """The version of the agent that the form was made from."""
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ForbiddenError("The form is not as this page made it.")
    return int(text)


def errors(given: Given) -> dict[str, str]:
    """What can be said without a look at the tenant; the tenant says the rest."""
    messages = {name: message for name, message in REQUIRED.items() if not given.text(name)}
    before, at, after = given.text("email").rpartition("@")
    if given.text("email") and not (before and at and "." in after):
        messages["email"] = "This is not an e-mail address."
    for setting in DIALOG:
        if setting.choices and given.text(setting.name) not in ("", *setting.choices):
            messages[setting.name] = "Choose one of those listed."
    return messages


def beside(error: RefusedError) -> dict[str, str]:
    """A refusal of the tenant, under the field at fault if the form has it."""
    is_in_dialog = any(setting.name == error.field for setting in DIALOG)
    return {error.field or "" if is_in_dialog else "": views.sentence(error.message)}


def new(given: Given) -> AgentSettings:
    settings = applied(given, AgentSettings(email=""))
    return replace(settings, rest={"emails": [{"value": settings.email, "type": "work"}]})


def applied(given: Given, settings: AgentSettings) -> AgentSettings:
    """The form laid over the settings; of a UC agent, what the directory does not own."""
    is_uc = settings.phone == UC
    values = {
        setting.name: _value(given, setting, getattr(settings, setting.name))
        for setting in DIALOG
        if not (is_uc and setting.uc_owned)
    }
    return replace(settings, **values)


def _value(given: Given, setting: Setting, before: Any) -> Any:
    """A box that nobody touched stays as it was, also where it was never set; so does a choice."""
    text = given.text(setting.name)
    if setting.type is bool:
        return before if (text == ON) == bool(before) else text == ON
    return text or (before if setting.choices else None)


def _cleaned(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()
