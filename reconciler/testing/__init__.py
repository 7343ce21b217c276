"""The conformance suite for providers: tests that any provider can run against a stand-in server.

suite      `ProviderTests`, the class of tests to derive from: `reading` and `writing`
stand_in   what the author says of the stand-in server
proxy      stands between the provider and the stand-in: records requests, injects faults
samples    the people, queues and skills that are seeded and written
spoiled    the answers of a listing, spoiled
trial      a provider under test, opened through the proxy
expect     what several tests expect
plugin     the pytest plug-in, which does nothing unless the suite is used

`docs/writing-a-provider.md` shows how to use it. It needs pytest.
"""

from reconciler.testing.stand_in import Listing, StandIn

__all__ = ["Listing", "StandIn"]
