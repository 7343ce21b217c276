"""What an answer says about when to come back, in every spelling that is about."""

import pytest

from reconciler.providers.told import NOTHING, Told, told

DATE = "Tue, 24 Nov 2026 09:00:00 GMT"
EPOCH = 1_795_510_800


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, NOTHING),
        ({"Content-Type": "application/json"}, NOTHING),
        ({"Retry-After": "7"}, Told(wait=7)),
        ({"retry-after": " 1.5 "}, Told(wait=1.5)),
        ({"Retry-After": "Tue, 24 Nov 2026 09:00:30 GMT", "Date": DATE}, Told(wait=30)),
        ({"Retry-After": "Tue, 24 Nov 2026 08:59:00 GMT", "Date": DATE}, Told(wait=0)),
        ({"Retry-After": "soon"}, NOTHING),
        ({"Retry-After": "nan"}, NOTHING),
        ({"Retry-After": "-5"}, NOTHING),
        (
            {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "12"},
            Told(remaining=3, reset=12),
        ),
        (
            {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(EPOCH + 9), "Date": DATE},
            Told(remaining=0, reset=9),
        ),
        ({"RateLimit": "limit=100, remaining=50, reset=5"}, Told(remaining=50, reset=5)),
        (
            {"RateLimit": '"default";r=50;t=30', "RateLimit-Policy": '"default";q=100;w=10'},
            Told(remaining=50, reset=30, allowed=10),
        ),
        ({"RateLimit-Limit": "600, 600;w=60", "RateLimit-Reset": "1"}, Told(reset=1, allowed=10)),
        ({"RateLimit-Policy": "5;w=0"}, NOTHING),
    ],
)
def test_headers_say_when_to_come_back(headers: dict[str, str], expected: Told) -> None:
    assert told(headers) == expected
