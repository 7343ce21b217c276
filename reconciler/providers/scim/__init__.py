"""Any tenant with SCIM 2.0 (RFC 7643, RFC 7644), by what it announces and not by its name.

discovery   what the service announces
pages       whole listings, or an error
mapping     its resources to ours, and our values to its attributes
reader      the whole tenant
writer      one write at a time
"""

from reconciler.providers.scim.provider import ScimProvider

__all__ = ["ScimProvider"]
