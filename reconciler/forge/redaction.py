"""Messages without people: what a verb writes to stderr, before it reaches a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from reconciler import load, planfile
from reconciler.errors import ReconcilerError
from reconciler.render import redact
from reconciler.render.pseudonyms import People, people

KEYS: Final = ("name", "email", "preferred_name")
_STATED: Final = re.compile(
    rf"\b(?:{'|'.join(KEYS)})\s*:\s*"
    r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\n]|'')*)'|([^\s,}\]#"'][^,}\]#\n]*))"""
)


def people_of(tenant: str, folders: tuple[Path, ...], plan: Path | None = None) -> People:
    """Return the pseudonyms of everybody whom the files of these folders or a plan name."""
    texts = names_in(folders)
    if plan is not None and plan.exists():
        texts.update(redact.names_in(planfile.read(plan)))
    return people(tenant, texts - {"", tenant})


def names_in(folders: tuple[Path, ...]) -> set[str]:
    """Return the names and e-mails in the files of these folders.

    Files are searched as values and as text, so that those of an invalid file are found as well.
    """
    texts: set[str] = set()
    for folder in folders:
        try:
            texts.update(_in_files(folder))
        except ReconcilerError:
            continue  # the verb that reads the folder says why it cannot be read
    return texts


def _in_files(folder: Path) -> Iterator[str]:
    for document in load.documents(folder).documents:
        yield from _in_values(document.content)
    for _, text in load.texts(folder):
        if isinstance(text, str):
            for match in _STATED.finditer(text):
                yield next(group for group in match.groups() if group is not None).strip()


def _in_values(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield from (str(item[key]) for key in KEYS if isinstance(item.get(key), str))
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
