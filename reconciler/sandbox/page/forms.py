"""The fields of one agent, between a form and the settings that the tenant keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import request

from reconciler.sandbox.facts import RECORDING_MODES, UC, AgentSettings
from reconciler.sandbox.page import shown
from reconciler.sandbox.page.visitors import ForbiddenError
from reconciler.sandbox.refusals import RefusedError

TEXTS = ("name", "email", "extension", "preferred_name", "no_answer_destination")
REQUIRED = {
    "name": "Give the full name of the agent.",
    "email": "Give the e-mail address that the agent signs in with.",
    "extension": "Give an extension that nobody else has.",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a form shows or sends: texts as typed, one recording mode, one switch."""

    texts: Mapping[str, str] = field(default_factory=dict)
    recording_mode: str = ""
    review: bool = False

    def text(self, name: str) -> str:
        return self.texts.get(name, "")


EMPTY = Given(recording_mode="automatic")


def filled(settings: AgentSettings) -> Given:
    return Given(
        {name: getattr(settings, name) or "" for name in TEXTS},
        settings.recording_mode or "",
        bool(settings.review_own_recordings),
    )


def sent() -> Given:
    """The form that came back, without blanks around and control characters in its texts."""
    return Given(
        {name: _cleaned(request.form.get(name, "")) for name in TEXTS},
        request.form.get("recording_mode", ""),
        "review_own_recordings" in request.form,
    )


def version() -> int:
    """The version of the agent that the form was made from."""
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ForbiddenError("The form is not as this page made it.")
    return int(text)


def errors(given: Given) -> dict[str, str]:
    """What can be said without a look at the tenant; the tenant says the rest."""
    found = {name: message for name, message in REQUIRED.items() if not given.text(name)}
    before, at, after = given.text("email").rpartition("@")
    if given.text("email") and not (before and at and "." in after):
        found["email"] = "This is not an e-mail address."
    if given.recording_mode not in ("", *RECORDING_MODES):
        found["recording_mode"] = "Choose one of the four."
    return found


def beside(error: RefusedError) -> dict[str, str]:
    """A refusal of the tenant, under the field at fault if the form has it."""
    known = (*TEXTS, "recording_mode", "review_own_recordings")
    place = error.field if error.field in known else ""
    return {place or "": shown.sentence(error.message)}


def new(given: Given) -> AgentSettings:
    settings = _written(given, AgentSettings(email=""))
    return replace(settings, rest={"emails": [{"value": settings.email, "type": "work"}]})


def applied(given: Given, settings: AgentSettings) -> AgentSettings:
    """The form laid over the settings; of a UC agent, what the directory does not own."""
    review = _review(given, settings)
    if settings.phone == UC:
        preferred = given.text("preferred_name") or None
        return replace(settings, preferred_name=preferred, review_own_recordings=review)
    return _written(given, replace(settings, review_own_recordings=review))


def _written(given: Given, settings: AgentSettings) -> AgentSettings:
    return replace(
        settings,
        name=given.text("name"),
        email=given.text("email"),
        extension=given.text("extension"),
        preferred_name=given.text("preferred_name") or None,
        no_answer_destination=given.text("no_answer_destination") or None,
        recording_mode=given.recording_mode or settings.recording_mode,
        review_own_recordings=_review(given, settings),
    )


def _review(given: Given, settings: AgentSettings) -> bool | None:
    """A switch that nobody touched stays as it was, also where it was never set."""
    if given.review == bool(settings.review_own_recordings):
        return settings.review_own_recordings
    return given.review


def _cleaned(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()
