"""The audit trail, newest first: who, when, what, before and after, by every door."""

from flask import Blueprint, request

from reconciler.sandbox import audit
from reconciler.sandbox.database import Database
from reconciler.sandbox.page import views
from reconciler.sandbox.page.visitors import Room

SIZE = 50


def register(page: Blueprint, database: Database, room: Room) -> None:
    @page.get("/trail")
    def trail() -> str:
        room.reader()
        address = request.args.get("address", "").replace("\0", "").strip()
        before = _number(request.args.get("before", ""))
        with database.read() as transaction:
            found = audit.entries(
                transaction,
                before=before,
                address=address or None,
                newest_first=True,
                limit=SIZE + 1,
            )
        older = found[SIZE - 1]["seq"] if len(found) > SIZE else None
        return views.render(
            "trail", entries=found[:SIZE], older=older, address=address, is_first=before is None
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
