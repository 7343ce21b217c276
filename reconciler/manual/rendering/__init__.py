"""The work sheet: a checklist, a page to print, a CSV to fill in, JSON, and step by step.

A sheet is for the person who types its values, so nothing in it is redacted and nothing is left
out for its length; only a single text of more than a thousand characters is cut, and says so. The
CSV and the JSON hold it whole. Text comes from files and tenants and is made harmless for the
place where it stands.
"""

from reconciler.manual.rendering import common
from reconciler.manual.rendering.checklist import markdown
from reconciler.manual.rendering.csv_rows import csv
from reconciler.manual.rendering.document import document
from reconciler.manual.rendering.terminal import heading, opening, stop, wrapped
from reconciler.manual.sheet import Sheet
from reconciler.render import words
from reconciler.render.html import page

__all__ = ["csv", "document", "heading", "html", "markdown", "opening", "stop", "wrapped"]


def html(sheet: Sheet) -> str:
    """A page to print and tick by pen, or to keep on a second screen."""
    return page.render(
        "sheet.html",
        sheet=sheet,
        common=common,
        counts=common.counts(sheet),
        made=f"{words.tenant(sheet.tenant)} as of {sheet.as_of}",
        unobserved=common.unobserved(sheet),
    )
