"""The work sheet: a checklist, a page to print, a CSV to fill in, JSON, and step by step.

A sheet is for the person who types its values, so nothing in it is redacted and nothing is left
out for its length; only a single text of more than a thousand characters is cut, and says so. The
CSV and the JSON hold it whole. Text comes from files and tenants and is made harmless for the
place where it stands.
"""

from reconciler.render.sheet.asked import heading, opening, stop
from reconciler.render.sheet.checklist import markdown
from reconciler.render.sheet.content import document
from reconciler.render.sheet.paper import html
from reconciler.render.sheet.rows import csv

__all__ = ["csv", "document", "heading", "html", "markdown", "opening", "stop"]
