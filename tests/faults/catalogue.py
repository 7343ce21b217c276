"""What tenants, and what stands between them and us, were seen to do; each has a name.

`FAULTS` is keyed by name. A fault that only makes sense for an answer with a list or an object
leaves every other one as it is.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.faults.proxy import Answer, Exchange, Fault

FAULTS: dict[str, Fault] = {}
BOMB = gzip.compress(b" " * (130 * 1024 * 1024), 9)
HTML = b"<!doctype html><title>Please sign in</title><h1>Please sign in</h1>"
ELSEWHERE = "http://127.0.0.1:9/elsewhere"


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


# --- statuses ------------------------------------------------------------------------------------


def _status(status: int, headers: Mapping[str, str]) -> Fault:
    return lambda exchange: exchange.error(status, headers)


def _status_after(status: int) -> Fault:
    def answer(exchange: Exchange) -> None:
        exchange.forward()
        exchange.error(status)

    return answer


for code in (400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 418, 422, 425, 451):
    FAULTS[f"status_{code}"] = _status(code, {})
for code in (500, 501, 502, 504, 505, 507, 509, 511, 599):
    FAULTS[f"status_{code}"] = _status(code, {})
for code in (408, 409, 500, 502, 503, 504):
    FAULTS[f"status_{code}_after"] = _status_after(code)
WAITS = {
    "none": None,
    "zero": "0",
    "negative": "-5",
    "inf": "inf",
    "nan": "nan",
    "garbage": "soon",
    "past": "Tue, 24 Nov 2020 09:00:00 GMT",
    "far": "Fri, 31 Dec 9999 23:59:59 GMT",
    "half": "0.5",
}
for code in (429, 503):
    for word, wait in WAITS.items():
        FAULTS[f"busy_{code}_{word}"] = _status(code, {} if wait is None else {"Retry-After": wait})
for code in (301, 302, 303, 307, 308):
    FAULTS[f"redirect_{code}"] = _status(code, {"Location": ELSEWHERE})


# --- the connection ------------------------------------------------------------------------------


@fault
def drop_before(exchange: Exchange) -> None:
    exchange.drop()


@fault
def drop_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.drop()


@fault
def reset_before(exchange: Exchange) -> None:
    exchange.drop(reset=True)


@fault
def reset_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.drop(reset=True)


@fault
def half_of_the_headers(exchange: Exchange) -> None:
    exchange.forward()
    exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: applica")


@fault
def half_of_the_body(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(
        replace(answer, body=answer.body[: len(answer.body) // 2]), length=len(answer.body) + 9
    )


@fault
def status_line_that_is_none(exchange: Exchange) -> None:
    exchange.forward()
    exchange.raw(b"whatever\r\n\r\n")


@fault
def tls_alert_in_plain_http(exchange: Exchange) -> None:
    exchange.raw(b"\x15\x03\x01\x00\x02\x02\x28")


@fault
def huge_headers(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(replace(answer, headers={**answer.headers, "X-Huge": "x" * 200_000}))


@fault
def many_headers(exchange: Exchange) -> None:
    answer = exchange.forward()
    more = {f"X-Many-{number}": "x" for number in range(300)}
    exchange.reply(replace(answer, headers={**answer.headers, **more}))


@fault
def two_answers_to_one_request(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(answer)
    exchange.reply(answer)


@fault
def answer_in_drops(exchange: Exchange) -> None:
    answer = exchange.forward()
    head = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {len(answer.body)}\r\n\r\n".encode()
    for start in range(0, len(head), 7):
        exchange.handler.wfile.write(head[start : start + 7])
    for start in range(0, len(answer.body), 101):
        exchange.handler.wfile.write(answer.body[start : start + 101])
    exchange.handler.close_connection = True


@fault
def sent_twice(exchange: Exchange) -> None:
    """Something between us and the tenant tries again by itself."""
    exchange.forward()
    exchange.reply(exchange.forward())


# --- the bytes of an answer ----------------------------------------------------------------------


def _body(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    def answer(exchange: Exchange) -> None:
        true = exchange.forward()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        exchange.reply(Answer(true.status, {**true.headers, **named}, change(true.body)))

    return answer


FAULTS |= {
    "html": _body(lambda _: HTML, Content_Type="text/html"),
    "html_called_json": _body(lambda _: HTML),
    "empty": _body(lambda _: b""),
    "null": _body(lambda _: b"null"),
    "a_number": _body(lambda _: b"42"),
    "a_list": _body(lambda _: b"[]"),
    "an_empty_object": _body(lambda _: b"{}"),
    "truncated_json": _body(lambda body: body[: len(body) * 2 // 3]),
    "json_and_more": _body(lambda body: body + b"{}"),
    "not_a_number": _body(lambda body: b'{"totalResults": NaN, "Resources": [], "id": NaN}'),
    "deep_json": _body(lambda _: b"[" * 100_000),
    "invalid_utf8": _body(lambda body: body.replace(b"a", b"\xff", 3)),
    "utf16": _body(lambda body: body.decode().encode("utf-16")),
    "byte_order_mark": _body(lambda body: b"\xef\xbb\xbf" + body),
    "nul_bytes": _body(lambda body: body + b"\0\0\0"),
    "wrong_content_type": _body(lambda body: body, Content_Type="application/octet-stream"),
    "gzip": _body(gzip.compress, Content_Encoding="gzip"),
    "gzip_that_is_none": _body(lambda body: body, Content_Encoding="gzip"),
    "gzip_cut_short": _body(lambda body: gzip.compress(body)[:-9], Content_Encoding="gzip"),
    "gzip_bomb": _body(lambda _: BOMB, Content_Encoding="gzip"),
    "deflate": _body(zlib.compress, Content_Encoding="deflate"),
}


@fault
def length_too_long(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(answer, length=len(answer.body) + 100)


@fault
def length_too_short(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(answer, length=max(0, len(answer.body) - 20))


@fault
def chunks_that_end_early(exchange: Exchange) -> None:
    answer = exchange.forward()
    head = f"HTTP/1.1 {answer.status} OK\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    exchange.raw(head + b"40\r\n" + answer.body[:20])


# --- the content of an answer --------------------------------------------------------------------


def _document(change: Callable[[Any], Any]) -> Fault:
    """Changes a list or an object that was answered with success."""

    def answer(exchange: Exchange) -> None:
        true = exchange.forward()
        if true.status >= 300 or not true.body:
            exchange.reply(true)
        else:
            exchange.reply(true.with_document(change(true.document)))

    return answer


def _list(change: Callable[[list[Any]], list[Any]], *, total: int | None = 0) -> Fault:
    """Changes the resources of a list; `total` is added to what it says there are."""

    def changed(document: Any) -> Any:
        if not isinstance(document, dict) or "Resources" not in document:
            return document
        resources = change(document["Resources"])
        made = {**document, "Resources": resources, "itemsPerPage": len(resources)}
        if total is None:
            del made["totalResults"]
        else:
            made["totalResults"] += total
        return made

    return _document(changed)


def _with_ids(resources: list[Any], value: Callable[[int], Any]) -> list[Any]:
    return [{**item, "id": value(number)} for number, item in enumerate(resources)]


def _error_as_success(_document: Any) -> Any:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "500",
        "detail": "something went wrong",
    }


FAULTS |= {
    "short_list": _list(lambda items: items[1:]),
    "long_list": _list(lambda items: [*items, *items]),
    "reordered_list": _list(lambda items: items[::-1]),
    "total_too_high": _list(lambda items: items, total=3),
    "total_too_low": _list(lambda items: items, total=-1),
    "no_total": _list(lambda items: items, total=None),
    "ids_missing": _list(lambda items: [{**item, "id": None} for item in items]),
    "ids_all_the_same": _list(lambda items: _with_ids(items, lambda _: "1")),
    "ids_with_paths": _list(lambda items: _with_ids(items, lambda n: "../" * n + "x")),
    "resources_that_are_text": _list(lambda items: [json.dumps(item) for item in items]),
    "resources_null": _document(
        lambda d: {**d, "Resources": None} if isinstance(d, dict) and "Resources" in d else d
    ),
    "error_with_status_200": _document(_error_as_success),
    "upper_case_keys": _document(
        lambda d: {k.upper(): v for k, v in d.items()} if isinstance(d, dict) else d
    ),
    "another_id": _document(lambda d: {**d, "id": "another"} if isinstance(d, dict) else d),
    "no_id": _document(
        lambda d: {k: v for k, v in d.items() if k != "id"} if isinstance(d, dict) else d
    ),
    "another_version": _document(
        lambda d: (
            {**d, "meta": {**d["meta"], "version": 'W/"999"'}}
            if isinstance(d, dict) and "meta" in d
            else d
        )
    ),
}


@fault
def no_content(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(Answer(204 if answer.status < 300 else answer.status, {}, b""))


@fault
def accepted(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply(replace(answer, status=202) if answer.status < 300 else answer)


@fault
def not_modified(exchange: Exchange) -> None:
    exchange.forward()
    exchange.raw(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n")


@fault
def success_and_nothing_done(exchange: Exchange) -> None:
    """The tenant says yes to a write and forgets it; a read is answered as it should be."""
    if exchange.method == "GET":
        exchange.reply(exchange.forward())
    else:
        exchange.reply(Answer(204, {}, b""))
