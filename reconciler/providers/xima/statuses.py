"""What a status of Xima's API means, in words of its own.

Source: guide.xima.cloud/docs/api-enablement-api-api-limits-statuses.
"""

from reconciler import errors
from reconciler.providers import answers
from reconciler.providers.answers import Answer

_ADMIN = "API Enablement > API Service Users"


def of_read(answer: Answer, path: str) -> Answer:
    """The answer of a list, or why it tells us nothing. Raises `CannotTellError`."""
    status = answer.status
    if status == 401:
        raise errors.RefusedError(
            f"Xima does not know the token: 401 from {path}",
            hint=f"copy the key of a service user anew ({_ADMIN}); a refreshed key ends the old "
            "one at once",
        )
    if status == 403:
        raise errors.RefusedError(
            f"Xima knows the token, and its service user may not read this: 403 from {path}",
            hint=f"an administrator gives the service user the agent and skill lists ({_ADMIN})",
        )
    if status == 404:
        raise errors.ImplausibleError(
            f"there is no Xima API at this address: 404 from {path}",
            hint="`url:` is https://<host>.xima.cloud, without a path",
        )
    if status == 429:
        raise errors.UnreachableError(
            f"Xima wants fewer requests: 429 from {path}, after several tries",
            hint="let nothing else ask this tenant meanwhile, or raise `request_interval:`",
        )
    if status == 509:
        raise errors.UnreachableError(
            f"the tenant has used up what Xima lets it send: 509 from {path}",
            hint="the cap covers five days of recordings; Xima Support can reset it",
        )
    if status >= 500:
        raise errors.UnreachableError(
            f"Xima fails: {status} from {path}", hint="try again later; nothing was read"
        )
    return answers.of_read(answer, path)
