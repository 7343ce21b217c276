"""What an answer says about when to come back, in every spelling that is about."""

import pytest

from reconciler.providers.rate_limit_headers import NOTHING, RateLimitHeaders

DATE = "Tue, 24 Nov 2026 09:00:00 GMT"
EPOCH = 1_795_510_800


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, NOTHING),
        ({"Content-Type": "application/json"}, NOTHING),
        ({"Retry-After": "7"}, RateLimitHeaders(retry_after=7)),
        ({"retry-after": " 1.5 "}, RateLimitHeaders(retry_after=1.5)),
        (
            {"Retry-After": "Tue, 24 Nov 2026 09:00:30 GMT", "Date": DATE},
            RateLimitHeaders(retry_after=30),
        ),
        (
            {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "12"},
            RateLimitHeaders(remaining=3, reset=12),
        ),
        (
            {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(EPOCH + 9), "Date": DATE},
            RateLimitHeaders(remaining=0, reset=9),
        ),
        (
            {"RateLimit": "limit=100, remaining=50, reset=5"},
            RateLimitHeaders(remaining=50, reset=5),
        ),
        (
            {"RateLimit": '"default";r=50;t=30', "RateLimit-Policy": '"default";q=100;w=10'},
            RateLimitHeaders(remaining=50, reset=30, allowed=10),
        ),
        (
            {"RateLimit-Limit": "600, 600;w=60", "RateLimit-Reset": "1"},
            RateLimitHeaders(reset=1, allowed=10),
        ),
        ({"RateLimit-Policy": "5;w=0"}, NOTHING),
    ],
)
def test_headers_say_when_to_come_back(headers: dict[str, str], expected: RateLimitHeaders) -> None:
    assert RateLimitHeaders.parse(headers) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("0", "0.0", "-5", "-0", "inf", "-inf", "nan", "1e9", "99999999999", "86401", "soon", ""),
        *(" ", "1,5", "5 s", "0x10", "\u0665", "9" * 400, "Tue, 24 Nov 2026 08:59:00 GMT"),
        *("Fri, 31 Dec 9999 23:59:59 GMT", "Tue, 99 Nov 2026 09:00:00 GMT", "2026-11-24T10:00:00Z"),
    ],
)
@pytest.mark.parametrize("name", ["Retry-After", "X-RateLimit-Reset"])
def test_a_wait_that_no_tenant_can_mean_is_not_stated(name: str, value: str) -> None:
    wait = RateLimitHeaders.parse({name: value, "Date": DATE}).wait
    assert wait is None or (name != "Retry-After" and 0 < wait <= 86_400)


def test_a_reset_in_milliseconds_since_1970_is_a_moment_too() -> None:
    headers = {"X-RateLimit-Reset": str((EPOCH + 9) * 1000), "Date": DATE}
    assert RateLimitHeaders.parse(headers).reset == 9
