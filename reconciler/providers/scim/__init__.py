"""Any tenant with SCIM 2.0 (RFC 7643, RFC 7644), by what it announces and not by its name.

discovery     what the service announces, as a `service`
pages         whole listings, or an error
mapping       its resources to ours
capabilities  what it shows and takes, field by field
reader        the whole tenant
ahead         the same, begun before the files are parsed
edits, parts  our values to its attributes: a new object, a merged whole, a patch
lookup        an object by its natural key
writer        one write at a time
"""

from reconciler.providers.scim.ahead import Ahead
from reconciler.providers.scim.provider import ScimProvider

__all__ = ["Ahead", "ScimProvider"]
