"""Xima CCaaS' documented tenant API: two lists that can be read, and nothing that can be written.

Sources: guide.xima.cloud/docs/requesting-agent-and-skill-lists and
guide.xima.cloud/docs/api-enablement-api-api-limits-statuses.

    provider    the tenant, opened; its writer refuses
    rosters     the two answers as resources
    statuses    what each status means here
"""

from reconciler.providers.xima.provider import CAPABILITIES, INTERVAL, XimaProvider

__all__ = ["CAPABILITIES", "INTERVAL", "XimaProvider"]
