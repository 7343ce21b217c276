"""Validate documents against the schema, and the desired state against the rules.

schema     types the texts of the documents and tells what does not fit      (jsonschema lives here)
offline    the rules that need no tenant, with waivers applied
schema_text  a published schema, as editors read it
live       the rules that see the tenant, or the plan, with waivers applied
document   a saved document against its schema
"""

from reconciler.validate.live import live
from reconciler.validate.offline_rules import offline
from reconciler.validate.schemas import SCHEMAS, document, schema_text
from reconciler.validate.shape import schema

__all__ = ["SCHEMAS", "document", "live", "offline", "schema", "schema_text"]
