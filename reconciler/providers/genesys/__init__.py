"""Genesys Cloud over its platform API: people, licenses, extension pools, queues and skills.

capabilities   what this tenant shows and takes, field by field
api            paths, listings, the meaning of answers, and reads that are sent by POST
mapping        the platform's objects to ours
reader         the whole tenant through the reading door
writer         one change at a time, read back until it shows

The facts behind it were read from the vendor's SDK and documentation; it was never run on a real
tenant.
"""

from reconciler.providers.genesys.provider import GenesysProvider

__all__ = ["GenesysProvider"]
