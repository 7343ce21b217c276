"""Validate documents against the schema, and the desired state against the rules.

schema     types the texts of the documents and tells what does not fit      (jsonschema lives here)
offline    the rules that need no tenant, with waivers applied
schema_text  a published schema, as editors read it
live       the rules that see the tenant, or the plan, with waivers applied
document   a saved document against its schema
addition   what an installed provider adds to the tenant block
"""

from reconciler.validate.live import live
from reconciler.validate.offline_rules import offline
from reconciler.validate.schemas import SCHEMAS, desired_state_text, document, schema_text
from reconciler.validate.shape import schema
from reconciler.validate.tenant_keys import addition

__all__ = [
    "SCHEMAS",
    "addition",
    "desired_state_text",
    "document",
    "live",
    "offline",
    "schema",
    "schema_text",
]
