"""The SCIM door: the library `scim2-server` over the tenant's own rules."""
