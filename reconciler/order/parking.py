"""People who want each other's values: one of each cycle is parked on a free value.

An extension goes to a free number of the same range, from the far end, that nobody wants; an e-mail
gets a tag. A value that was free before the plan is preferred: it costs no waiting.
"""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model import Bounds, ExtensionRange
from reconciler.order.parts import Item
from reconciler.order.stock import Stock


def cycles(items: Sequence[Item], name: str) -> Iterator[list[Item]]:
    """Every pure cycle of "who holds what I want"."""
    holders = {item.unique[name]: item for item in items if name in item.rest and item.unique[name]}
    state: dict[str, int] = {}
    for number, start in enumerate(items, 1):
        path: list[Item] = []
        item: Item | None = start
        while item and item.address not in state:
            state[item.address] = number
            path.append(item)
            item = holders.get(wanted(item, name))
        if item and state[item.address] == number and item in path:
            yield path[path.index(item) :]


def wanted(item: Item, name: str) -> str | None:
    value = item.rest.get(name)
    return str(value).lower() if value else None


class Slots:
    """Free values to park on. Remembers how far each range was searched."""

    def __init__(self, stock: Stock, bounds: Bounds, items: Iterable[Item]) -> None:
        items = list(items)
        self._stock, self._ranges = stock, bounds.ranges
        self._wanted = {wanted(item, "extension") for item in items}
        self._emails = {wanted(item, "email") for item in items}
        self._search: dict[str, Iterator[str]] = {}

    def extension(self, held: str) -> str | None:
        """A number beside `held`; None while there is none."""
        home = next((r for r in self._ranges if r.holds(held)), None)
        name = home.name if home else f"width {len(held)}"
        search = self._search.setdefault(name, _downwards(home, len(held)))
        for number in search:
            if self._is_free(number):
                return number
        freed = (number for _, number in self._stock.given("extension"))
        return next((n for n in freed if self._fits(n, home, held) and n not in self._wanted), None)

    def _is_free(self, number: str) -> bool:
        free = self._stock.is_free_from_the_start(("extension", number))
        return free and number not in self._wanted

    def _fits(self, number: str, home: ExtensionRange | None, held: str) -> bool:
        return home.holds(number) if home else len(number) == len(held)

    def email(self, held: str) -> str | None:
        """The same address with a tag."""
        local, at, domain = held.partition("@")
        joint = "." if "+" in local else "+"
        for number in range(1, 100):
            tag = "parked" if number == 1 else f"parked{number}"
            address = f"{local}{joint}{tag}{at}{domain}"
            if self._stock.has(("email", address)) and address not in self._emails:
                return address
        return None

    def of(self, name: str, held: str) -> str | None:
        return self.extension(held) if name == "extension" else self.email(held)


def _downwards(home: ExtensionRange | None, width: int) -> Iterator[str]:
    if home:
        first, last = int(home.first), int(home.last)
    else:
        first, last = 10 ** (width - 1), 10**width - 1
    return (str(number).zfill(width) for number in range(last, first - 1, -1))
