"""Xima's console: its pages, in the order that it forces, and how each is saved.

Sources, all below guide.xima.cloud/docs: user-management-agent-licensing,
user-management-uc-phone-licensing, contact-center-skill-levels, contact-center-manage-skills. Click
paths and names of buttons are as these pages and the vendor's public interface tests have them.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from reconciler import kinds


class Section(IntEnum):
    """Where on a page something is done: a dialog saves itself, boxes and levels wait for Save.
    What is `CLOSING` is a dialog once the page is saved.
    """

    DIALOG = 1
    GRID = 2
    CLOSING = 3


@dataclass(frozen=True, slots=True)
class Page:
    """`save` ends a visit on which something in the grid was changed."""

    name: str
    clicks: tuple[str, ...]
    save: str = ""
    note: str = ""


SYNC: Final = Page(
    "Sync UC Users",
    ("User Management", "Sync UC Users"),
    note="Wait until the bar is gone, then click Refresh. Older consoles call it Refresh "
    "Directory.",
)
SKILLS: Final = Page("Manage Skills", ("Contact Center", "Manage Skills"))
UC: Final = Page(
    "UC Phone Licensing",
    ("User Management", "UC Phone Licensing"),
    "Save at the bottom of the page",
    "Name, e-mail and extension come from the phone system and cannot be changed here.",
)
AGENTS: Final = Page(
    "Agent Licensing",
    ("User Management", "Agent Licensing"),
    "Save at the bottom of the page; reload it and look that the boxes kept their ticks",
    "A dialog's Save and the page's Save are two: boxes count only after the page's.",
)
LEVELS: Final = Page(
    "Skill Levels",
    ("Contact Center", "Skill Levels"),
    "Save; reload the page and look that the levels stand",
    "Only agents with a saved license have a row. A blank level means: not in this skill.",
)

PAGES: Final = (SYNC, SKILLS, UC, AGENTS, LEVELS)
"""In the order that the console forces, so far as a plan leaves a choice."""

LICENSES: Final = {
    "voice": "Voice",
    "web_chat": "Web Chat",
    "sms": "SMS",
    "transcription": "Transcription",
}


def label(kind: str, name: str) -> str:
    """A field as the page has it."""
    row = kinds.KINDS[kind].field(name)
    return (row and row.console_label) or name


def value_text(kind: str, name: str, value: object) -> str:
    """A value as somebody picks or types it; an empty text where it is taken away."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ticked" if value else "not ticked"
    row = kinds.KINDS[kind].field(name)
    return row.choices.get(str(value), str(value)) if row else str(value)


def license_label(name: str) -> str:
    return LICENSES.get(name, name)
