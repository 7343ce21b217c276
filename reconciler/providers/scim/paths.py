"""SCIM paths of a mapping: `userName`, `emails[type eq "work"].value`, `urn:…:Agent:phone`."""

import re
from dataclasses import dataclass
from functools import lru_cache

PATH = re.compile(
    r"(?:(?P<urn>urn:[^\s\[\]\"]+):)?(?P<attribute>[A-Za-z$][\w$-]*)"
    r"(?:\[(?P<name>[A-Za-z]\w*) eq \"(?P<is>[^\"\\]*)\"\])?(?:\.(?P<sub>[A-Za-z$][\w$-]*))?"
)


@dataclass(frozen=True, slots=True)
class Path:
    """`urn` is the schema of an extension, None for the resource's own. `selector` picks an entry
    of a multi-valued attribute by one of its sub-attributes: `("type", "work")`.
    """

    urn: str | None
    attribute: str
    selector: tuple[str, str] | None = None
    sub: str | None = None

    @property
    def top(self) -> str:
        """The whole attribute, as a schema and a patch name it."""
        return f"{self.urn}:{self.attribute}" if self.urn else self.attribute

    @property
    def announced(self) -> str:
        """With the sub-attribute, as a schema describes it."""
        return f"{self.top}.{self.sub}" if self.sub else self.top

    def __str__(self) -> str:
        chosen = f'[{self.selector[0]} eq "{self.selector[1]}"]' if self.selector else ""
        return f"{self.top}{chosen}" + (f".{self.sub}" if self.sub else "")


@lru_cache(maxsize=512)
def parsed(text: str) -> Path | None:
    """None where the text is no such path."""
    match = PATH.fullmatch(text)
    if match is None:
        return None
    selector = (match["name"], match["is"]) if match["name"] else None
    return Path(match["urn"], match["attribute"], selector, match["sub"])
