"""Single objects of a SCIM service: where each is, its version, and one request at a time."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from reconciler import errors, kinds
from reconciler.model import Address, Handle
from reconciler.providers.answers import Answer, detail
from reconciler.providers.scim import convert, lookup
from reconciler.providers.scim.attributes import Record, text
from reconciler.providers.scim.service import Service, Type
from reconciler.providers.transport import Transport

ENTITY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')


class Objects:
    """Requests for objects by address and handle."""

    def __init__(self, transport: Transport, service: Service) -> None:
        self._transport, self._service = transport, service

    def type(self, address: Address) -> Type:
        known = self._service.type_of(kinds.kind_of(address))
        if known is None:
            raise errors.RequestError(f"the service announces no resource type for {address}")
        return known

    def path(self, address: Address, handle: Handle) -> str:
        return self.path_of(self.type(address), handle.id)

    def path_of(self, resource_type: Type, identifier: str) -> str:
        return f"{resource_type.endpoint}/{quote(identifier, safe='')}"

    def send(self, method: str, path: str, content: Any, handle: Handle) -> Answer:
        """A write, on the condition that the object has the version that we know."""
        headers = {}
        if handle.version and self._service.has_etags and ENTITY_TAG.fullmatch(handle.version):
            headers["If-Match"] = handle.version
        return self._transport.send(method, path, content, headers)

    def whole(self, path: str, handle: Handle) -> Record:
        """The object as it is now; it has to be the one that was planned on."""
        answer = self._transport.get(path)
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            if answer.status in (404, 410):
                raise errors.RequestError(
                    f"{answer.status}: the object is not there any more", status=answer.status
                )
            raise errors.ImplausibleError(
                f"the object cannot be read before it is changed: {answer.status}: {detail(answer)}"
            )
        shown = convert.version(answer.body)
        if handle.version and shown and shown != handle.version:
            raise errors.PreconditionFailedError("the object has changed since it was read")
        return answer.body

    def look(self, target: Address, handle: Handle | None) -> Record | None:
        """The object, None where there is none. Raises `CannotTellError`."""
        if handle is None:
            return lookup.find(self._transport, self._service, self.type(target), target)
        answer = self._transport.get(self.path(target, handle))
        if answer.status in (404, 410):
            return None
        if answer.status != 200 or not isinstance(answer.body, Mapping):
            raise errors.ImplausibleError(f"{target} answers {answer.status}")
        return answer.body

    def created(self, answer: Answer, address: Address) -> Record | None:
        """A new object that the answer does not show: by its location, else by its name."""
        known = self.type(address)
        last = unquote(urlsplit(answer.header("location") or "").path).rstrip("/").rpartition("/")
        if last[2] and f"{last[0]}/".endswith(f"{known.endpoint}/"):
            found = self._transport.get(self.path_of(known, last[2]))
            if found.status == 200 and isinstance(found.body, Mapping):
                return found.body
        return lookup.find(self._transport, self._service, known, address)

    def after(self, answer: Answer, handle: Handle) -> Handle:
        """The version after a write: as the answer says, else unknown."""
        if isinstance(answer.body, Mapping) and text(answer.body, "id"):
            return self.handle(answer.body, answer)
        return Handle(handle.id, answer.header("etag"))

    def handle(self, record: Record, answer: Answer | None) -> Handle:
        version = convert.version(record) or (answer.header("etag") if answer else None)
        return Handle(text(record, "id") or "", version)


def without_read_only(whole: Record, resource_type: Type) -> dict[str, Any]:
    """An object without what nobody can write: a strict service refuses the rest with it."""
    left_out = resource_type.read_only | {"meta", "groups"}
    return {name: value for name, value in whole.items() if name.lower() not in left_out}


def has_filter(steps: Sequence[Mapping[str, Any]]) -> bool:
    return any("[" in step["path"] for step in steps)


def is_about_form(error: errors.RequestError, steps: Sequence[Mapping[str, Any]] = ()) -> bool:
    """Whether a refusal may be about how a change was put, and not about its values: a 400, or a
    501 to a filter in a path.
    """
    if error.status == 501:
        return has_filter(steps)
    values = ("uniqueness", "mutability", "invalidvalue")
    return error.status == 400 and not any(word in str(error).lower() for word in values)
