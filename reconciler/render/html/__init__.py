"""HTML: one self-contained page for a browser, a phone, and paper; it asks no other host.

The page carries its own style and script, and a Content-Security-Policy that allows these two by
their hash and nothing else. Every value passes `escape.visible` and Jinja2's escaping. Without
the script the page is whole; with it the lists can be filtered.
"""

from reconciler.render.html.reports import compared, drift, fleet, plan

__all__ = ["compared", "drift", "fleet", "plan"]
