"""HTML: a page to print and tick by pen, or to keep on a second screen."""

from reconciler.render import words
from reconciler.render.html import page
from reconciler.render.sheet import said
from reconciler.worksheet import Sheet


def html(sheet: Sheet) -> str:
    return page.render(
        "sheet.html",
        sheet=sheet,
        said=said,
        counts=said.counts(sheet),
        made=f"{words.tenant(sheet.tenant)} as of {sheet.as_of}",
        unobserved=said.unobserved(sheet),
    )
