"""Templates to text: escaping, the style, the script, and the policy that names their hashes."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reconciler import claims
from reconciler.render import escape, facts, sides, words

LONGEST: Final = 1_000
TITLE: Final = 80
BOUND: Final = 12
"""So many lines of one kind stand open; the others are one click away."""
TEMPLATES: Final = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """`values` are data; what the templates say of them is said by `words`."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return (
        _environment()
        .get_template(template)
        .render(**values, style=Markup(style), script=Markup(script), policy=policy)
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_bounded,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = lambda text: escape.clipped(escape.visible(text), TITLE)
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    environment.globals.update(claims=claims, words=words, facts=facts, sides=sides, bound=BOUND)
    return environment


def _bounded(value: Any) -> Any:
    """What is written into the page: no text without `visible`, and none without a bound."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return escape.clipped(escape.visible(value), LONGEST)


@cache
def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
