"""The doors that are not SCIM: what the tenant tells about itself, and what Xima's API shows."""
