"""Edits of the YAML files that touch nothing but what they are about.

take      live values into the files: one item of a drift report, one small change of text
nodes     the text of one mapping or list, member by member       (ruamel.yaml lives here)
entries   what an item means for the entry of an agent, queue or skill
newcomers entries that no file has yet
"""

from reconciler.edit.take import Taken, take

__all__ = ["Taken", "take"]
