"""Genesys Cloud over its platform API: people, licenses, extension pools, queues and skills.

capabilities   what this tenant shows and takes, field by field
api            paths, listings, the meaning of answers, and reads that are sent by POST
mapping        the platform's objects to ours
reader         the whole tenant through the reading door
people         everybody, by two listings
queues         queues, and who is in them by themselves or through a group
extensions     who holds which number
notes          what a reading says beside its resources
audit          who changed an agent
writer         one change at a time, read back until it shows
users          state, profile, skills and licenses of one user
differences    how far a user as shown is from what is wanted
phones         a WebRTC phone for whoever has none

The facts behind it were read from the vendor's SDK and documentation; it was never run on a real
tenant.
"""

from reconciler.providers.genesys.provider import GenesysProvider

__all__ = ["GenesysProvider"]
