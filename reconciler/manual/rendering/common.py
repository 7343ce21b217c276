"""What all renderings of a sheet say alike; nothing is escaped here."""

from typing import Final

from reconciler.manual.sheet import Sheet, Step, Visit
from reconciler.render import escape, words

LONGEST: Final = 1_000
"""So much of one text is shown to a person."""
CLICK: Final = 200
CLEAR: Final = "clear the field"
EMPTY: Final = "empty"
UNKNOWN: Final = "not known"
UNOBSERVED: Final = "The tenant does not show these and no step sets them:"
SIGN_IN: Final = (
    "Sign in to the console as somebody who may change licensing (Supervisor or Admin)."
)
HAND_IN: Final = (
    "When you are done, or have to stop, fill in result, by and when in the CSV that belongs to "
    "this sheet and hand it in: until then nothing here counts as done."
)
OWN_SAVES: Final = "This page has no save of its own: save each step where it asks for it."


def counts(sheet: Sheet) -> str:
    """`12 steps on 4 pages`, and the visits where there are more of them than pages."""
    steps = sum(len(visit.steps) for visit in sheet.visits)
    pages = len({visit.page for visit in sheet.visits})
    again = f", in {len(sheet.visits)} visits" if len(sheet.visits) > pages else ""
    return f"{words.count(steps, 'step')} on {words.count(pages, 'page')}{again}"


def path(clicks: tuple[str, ...]) -> str:
    """Each click is cut by itself, so that a long name hides none after it."""
    return " > ".join(escape.clipped(click, CLICK) for click in clicks)


def notes(visit: Visit) -> list[str]:
    """What to know before the first step."""
    saves_itself = not visit.save and any(step.entries for step in visit.steps)
    return [*([visit.note] if visit.note else []), *([OWN_SAVES] if saves_itself else [])]


def save(visit: Visit) -> str:
    """The line of its box; empty where the page has none."""
    return f"Save the page: {visit.save}" if visit.save else ""


def tells_now(step: Step) -> bool:
    """Whether anything is known of what stands in the fields; of somebody new nothing can be."""
    return any(entry.before is not None for entry in step.entries)


def quoted(text: str) -> str:
    """In quotes where blanks at its ends would be overlooked."""
    return text if text == text.strip() else f'"{text}"'


def unobserved(sheet: Sheet) -> list[str]:
    return [
        f"{item.kind} {item.field}: {words.count(item.count, 'value')}"
        for item in sheet.unobserved
        if item.count
    ]
