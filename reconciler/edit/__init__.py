"""Edit YAML files and leave everything else in them as it was.

authoring  hire, leave, move, rename: what a person asks for
take       live values into the files: one item of a drift report, one small change of text
formatting quotes, order of keys, block style
nodes      the text of one mapping or list, member by member       (ruamel.yaml lives here)
entries    what an item means for the entry of an agent, queue or skill
newcomers  entries that no file has yet
"""

from reconciler.edit.authoring import Edits, hire, leave, rename, swap, to_file, to_profile
from reconciler.edit.formatting import formatted
from reconciler.edit.nodes import UneditableError
from reconciler.edit.take import Taken, take

__all__ = [
    "Edits",
    "Taken",
    "UneditableError",
    "formatted",
    "hire",
    "leave",
    "rename",
    "swap",
    "take",
    "to_file",
    "to_profile",
]
