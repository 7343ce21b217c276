"""The vendor's SDK, unchanged, as a client of a stand-in.

    python sdk_client.py ROOT ID SECRET read|write

A process of its own: the SDK takes seconds to import, starts a thread, and keeps one configuration.
`read` prints what it reads as JSON; `write` changes somebody and prints nothing.
"""

import json
import sys
from typing import Any

import PureCloudPlatformClientV2 as sdk  # noqa: N813  # its name, shortened


def client(root: str, identifier: str, secret: str) -> Any:
    sdk.configuration.host = root
    return sdk.api_client.ApiClient().get_client_credentials_token(identifier, secret)


def everything(listing: Any, **how: Any) -> list[Any]:
    """All entities of a listing, page by page."""
    entities, number = [], 1
    while True:
        page = listing(page_number=number, page_size=100, **how).entities or []
        entities += page
        if len(page) < 100:
            return entities
        number += 1


def read(api: Any) -> dict[str, Any]:
    users, routing = sdk.UsersApi(api), sdk.RoutingApi(api)
    licenses, edges = sdk.LicenseApi(api), sdk.TelephonyProvidersEdgeApi(api)
    people = [
        *everything(users.get_users, state="active", expand=["skills"]),
        *everything(users.get_users, state="inactive", expand=["skills"]),
    ]
    names = {user.id: user.email for user in people}
    queues = everything(routing.get_routing_queues)
    extensions = everything(edges.get_telephony_providers_edges_extensions)
    pools = everything(edges.get_telephony_providers_edges_extensionpools)
    search = {"query": [{"type": "EXACT", "fields": ["email"], "value": "ana@acme.example"}]}
    found = users.post_users_search(search).results
    return {
        "people": {
            user.email: {
                "name": user.name,
                "preferred_name": user.preferred_name,
                "state": user.state,
                "skills": {skill.name: skill.proficiency for skill in user.skills},
            }
            for user in people
        },
        "members": {
            queue.name: sorted(
                names[member.id]
                for member in everything(
                    lambda queue=queue, **how: routing.get_routing_queue_members(queue.id, **how)
                )
            )
            for queue in queues
        },
        "counts": {queue.name: queue.user_member_count for queue in queues},
        "licenses": {
            names[user.id]: sorted(user.licenses) for user in everything(licenses.get_license_users)
        },
        "definitions": sorted(one.id for one in licenses.get_license_definitions()),
        "extensions": {e.number: names.get(e.owner.id) for e in extensions},
        "pools": [[pool.start_number, pool.end_number] for pool in pools],
        "found": [user.name for user in found],
    }


def write(api: Any) -> None:
    """Renames Ana, moves her number, gives a skill, a license and a queue, and makes Dee."""
    users, routing = sdk.UsersApi(api), sdk.RoutingApi(api)
    made = sdk.CreateUser()
    made.name, made.email, made.state = "Dee Okoro", "dee@acme.example", "active"
    dee = users.post_users(made)
    people = {user.email: user for user in everything(users.get_users)}
    ana = people["ana@acme.example"]
    contact = sdk.Contact()
    contact.media_type, contact.type, contact.extension = "PHONE", "WORK", "4044"
    change = sdk.UpdateUser()
    change.version, change.name, change.addresses = ana.version, "Ana Sdk", [contact]
    users.patch_user(ana.id, change)
    skills = {skill.name: skill.id for skill in everything(routing.get_routing_skills)}
    level = sdk.UserRoutingSkillPost()
    level.id, level.proficiency = skills["french"], 4.0
    users.patch_user_routingskills_bulk(ana.id, [level])
    users.delete_user_routingskill(ana.id, skills["spanish"])
    request = sdk.LicenseAssignmentRequest()
    request.license_id, request.user_ids_add, request.user_ids_remove = (
        "sandbox_voice",
        [dee.id],
        [],
    )
    batch = sdk.LicenseBatchAssignmentRequest()
    batch.assignments = [request]
    sdk.LicenseApi(api).post_license_organization(body=batch)
    queues = {queue.name: queue.id for queue in everything(routing.get_routing_queues)}
    entity = sdk.WritableEntity()
    entity.id = dee.id
    routing.post_routing_queue_members(queues["sales"], [entity])


if __name__ == "__main__":
    root, identifier, secret, verb = sys.argv[1:]
    api = client(root, identifier, secret)
    if verb == "read":
        sys.stdout.write(json.dumps(read(api)))
    else:
        write(api)
