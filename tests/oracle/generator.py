"""Tenants and files by seed: full pools, full ranges, rotations, leavers, joiners, and so on.

`case(seed)` is JSON that can be printed, shrunk and read back. Every case is one that the contract
answers: who is meant by an entry is settled by the way the entry is made.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.oracle.desired import FUTURE, PAST, Case, Person, expectation, resolved
from tests.oracle.tenant import Flat, licenses

FIRST = ("Ana", "Bo", "Chidi", "Dee", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jo", "Kim", "Lea")
LAST = ("Diaz", "Chen", "Okafor", "Roe", "Ito", "Berg", "Sato", "Novak")
MODES = ("automatic", "automatic_pausing_prohibited", "manual", "disabled")
DOMAIN = "acme.example"


def case(seed: int, *, is_knot: bool | None = None) -> Case:
    """One case. The same seed gives the same case on every machine. A knot is a few people who want
    each other's seats and numbers, with nothing else that could block; unless told, 30 % are.
    """
    return _Maker(random.Random(seed), is_knot=is_knot).make()


class _Maker:
    def __init__(self, rng: random.Random, *, is_knot: bool | None) -> None:
        self.rng = rng
        self.is_knot = rng.random() < 0.3 if is_knot is None else is_knot
        self.live: dict[str, Any] = {
            "agents": {},
            "queues": {},
            "skills": {},
            "pools": {},
            "directory": [],
        }
        self.files: dict[str, Any] = {}
        self.entries: list[tuple[Flat, str | None]] = []
        self.targets: dict[str, Flat] = {}
        self.named = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def make(self) -> Case:
        self._world()
        self._people()
        self._move_people()
        self._entries()
        self._newcomers()
        self._settings()
        self._policy()
        self.rng.shuffle(self.entries)
        self.files["agents"] = [entry for entry, _ in self.entries]
        self._pools()
        made = {"live": self.live, "files": self.files, "is": [who for _, who in self.entries]}
        if self.is_knot:
            self._lower_minimums(made)
        return made

    def _lower_minimums(self, made: Case) -> None:
        """So that the end never blocks, and only the way there may."""
        expected = expectation(made)
        for kind in ("queue", "skill"):
            for name, stated in self.files.get(f"{kind}s", {}).items():
                before, after = (
                    tenant.coverage(kind, name) for tenant in (expected.start, expected.end)
                )
                least = min(before, after)
                if after < min(stated.get("min_agents", 1), before):
                    stated["min_agents"] = self.rng.choice((0, least))

    # -- the live tenant --------------------------------------------------------------------------

    def _world(self) -> None:
        rng = self.rng
        dot = "." if self.chance(0.1) else ""
        for index in range(rng.randint(1, 3)):
            self.live["queues"][f"q{dot}{index}"] = (
                {"extension": str(1001 + index)} if self.chance(0.4) else {}
            ) | ({"default_level": rng.randint(1, 10)} if self.chance(0.3) else {})
        for index in range(rng.randint(0, 2)):
            self.live["skills"][f"s{dot}{index}"] = {}
        pools = ["voice"]
        pools += [name for name in ("web_chat", "sms", "transcription") if self.chance(0.4)]
        for name in pools:
            needs_voice = name != "voice" and self.chance(0.5)
            self.live["pools"][name] = {"requires": "voice"} if needs_voice else {}
        if self.is_knot:
            self.live["pools"] = dict(list(self.live["pools"].items())[:2])
            self.count, self.width = rng.randint(2, 5), rng.choice((6, 45))
            return
        many = self.chance(0.08)
        self.count = rng.randint(7, 16) if many else rng.randint(1, 6)
        self.width = self.count + (rng.randint(0, 2) if self.chance(0.4) else 40)

    def _name(self) -> tuple[str, str]:
        self.named += 1
        first = FIRST[self.named % len(FIRST)]
        last = self.rng.choice(LAST)
        extra = "" if self.named <= len(FIRST) else str(self.named)
        return f"{first}{extra} {last}", f"{first}{extra}.{last}@{DOMAIN}".lower()

    def _people(self) -> None:
        numbers = [str(4000 + index) for index in range(self.width)]
        self.numbers = numbers
        for index, number in enumerate(self.rng.sample(numbers, self.count)):
            name, email = self._name()
            agent: Flat = {
                "name": name,
                "email": email,
                "extension": number,
                "phone": "webrtc",
                "active": not self.chance(0.1),
            }
            if agent["active"]:
                self._give(agent)
            self._scalars(agent)
            self.live["agents"][f"a{index}"] = agent
        for index in range(self.rng.choice((0, 0, 0, 1, 2))):
            name, _ = self._name()
            email = f"{name.split()[0].lower()}@uc.{DOMAIN}"
            entry = {"name": name, "email": email, "extension": str(2001 + index), "type": "user"}
            self.live["directory"].append(entry)
            if self.chance(0.7):
                agent = {
                    "name": name,
                    "email": email,
                    "extension": entry["extension"],
                    "phone": "uc",
                    "active": True,
                }
                self._give(agent)
                self.live["agents"][f"u{index}"] = agent

    def _give(self, agent: Flat) -> None:
        """Licenses with their bases, and memberships if there are licenses."""
        for path in [p for p in agent if "." in p and p.split(".")[0] in _COLLECTIONS]:
            del agent[path]
        wanted = {name for name in self.live["pools"] if self.chance(0.45)}
        if self.chance(0.5):
            wanted.add("voice")
        wanted |= {self.live["pools"][name].get("requires") or name for name in set(wanted)}
        agent |= {f"licenses.{name}": True for name in sorted(wanted)}
        if wanted:
            self._enroll(agent)

    def _enroll(self, agent: Flat) -> None:
        for kind in ("queues", "skills"):
            for name in self.live[kind]:
                if self.chance(0.5):
                    agent[f"{kind}.{name}"] = self.rng.randint(1, 10)

    def _scalars(self, agent: Flat) -> None:
        rng = self.rng
        if self.chance(0.3):
            agent["preferred_name"] = agent["name"].split()[0]
        if self.chance(0.3):
            agent["recording_mode"] = rng.choice(MODES)
        if self.chance(0.2):
            agent["review_own_recordings"] = self.chance(0.5)
        if self.chance(0.15):
            agent["no_answer_destination"] = str(3001 + rng.randint(0, 5))

    def _pools(self) -> None:
        """As many seats as the plan needs, or fewer; a pool may be over its limit already."""
        people = [resolved(self.files, 0, entry, who) for entry, who in self.entries]
        self.files["license_pools"] = {}
        for name, pool in self.live["pools"].items():
            held = {k for k, agent in self.live["agents"].items() if f"licenses.{name}" in agent}
            after = len(self._holders_after(people, name, held))
            pool["purchased"] = max(0, self._purchased(len(held), after))
            stated = dict(pool)
            if self.chance(0.06):
                stated["purchased"] = max(0, pool["purchased"] + self.rng.choice((-1, 1, 2)))
            asked = sum(name in (p.licenses or ()) for p in people if not p.has_left)
            if asked > stated["purchased"] and self.chance(0.5):
                stated["purchased"] = asked
            if asked <= stated["purchased"]:
                self.files["license_pools"][name] = stated
        if not self.files["license_pools"]:
            del self.files["license_pools"]

    def _holders_after(self, people: list[Person], name: str, held: set[str]) -> set[str]:
        holders = {k for k in held if self.fates.get(k) != "replaced"}
        for index, person in enumerate(people):
            key = person.live_id or f"entry-{index}"
            if person.has_left:
                holders.discard(key)
            elif person.licenses is not None and not person.is_later:
                (holders.add if name in person.licenses else holders.discard)(key)
        return holders

    def _purchased(self, before: int, after: int) -> int:
        rng = self.rng
        kind = rng.random()
        if self.is_knot:
            return max(before, after) + rng.choice((0, 0, 1))
        if kind < 0.75:
            return max(before, after) + rng.choice((0, 0, 0, 1, 1, 3))
        if kind < 0.87:
            return rng.randint(min(before, after), max(before, after))
        return before + rng.choice((-2, -1, -1, 0, 0, 1))

    # -- what the files want ----------------------------------------------------------------------

    def _move_people(self) -> None:
        """Targets start as the live agents; a few scenes change them."""
        self.targets = {key: dict(agent) for key, agent in self.live["agents"].items()}
        self.fates: dict[str, str] = {}
        self.web = [k for k, a in self.live["agents"].items() if a["phone"] == "webrtc"]
        self.taken = {agent["extension"] for agent in self.live["agents"].values()}
        scenes: list[Callable[[], None]] = [
            self._rotate,
            self._exchange_mail,
            self._relicense,
            self._relicense,
            self._regroup,
            self._leave,
            self._leave,
            self._rename,
            self._forget,
            self._renumber,
            self._scalar,
            self._trade_seats,
            self._readdress,
            self._leave_uc,
            *([self._off] if HAS_ACTIVE else []),
        ]
        if self.is_knot:
            scenes = [self._leave, self._leave, self._trade_seats, self._relicense, self._regroup]
        for scene in self.rng.sample(scenes, self.rng.randint(1, min(6, len(scenes)))):
            scene()

    def _some(self, least: int, most: int) -> list[str]:
        free = [key for key in self.web if key not in self.fates]
        if len(free) < least:
            return []
        return self.rng.sample(free, self.rng.randint(least, min(most, len(free))))

    def _rotate(self) -> None:
        keys = self._some(2, 4)
        numbers = [self.targets[key]["extension"] for key in keys]
        for key, number in zip(keys, numbers[1:] + numbers[:1], strict=True):
            self.targets[key]["extension"] = number

    def _exchange_mail(self) -> None:
        if self.chance(0.5):
            return
        keys = [
            key
            for key in self._some(2, 3)
            if "previously" not in self.targets[key]
            and self.targets[key]["email"] == self.live["agents"][key]["email"]
            and self.targets[key]["name"] == self.live["agents"][key]["name"]
        ]
        if len(keys) < 2:
            return
        mails = [self.live["agents"][key]["email"] for key in keys]
        is_chain = self.chance(0.3)
        moved = mails[1:] + ([f"new.{mails[0]}"] if is_chain else mails[:1])
        for key, mail in zip(keys, moved, strict=True):
            self.targets[key]["previously"] = self.live["agents"][key]["email"]
            self.targets[key]["email"] = mail

    def _readdress(self) -> None:
        """A new e-mail: `previously` says so, or number and name do."""
        for key in self._some(1, 2):
            target, live = self.targets[key], self.live["agents"][key]
            if "previously" in target or target["name"] != live["name"]:
                continue
            target["email"] = f"new.{live['email']}"
            if self.chance(0.5):
                target["previously"] = live["email"]

    def _relicense(self) -> None:
        others = [key for key in self.targets if key not in self.web and key not in self.fates]
        for key in [*self._some(1, 3), *others]:
            if self.targets[key].get("active"):
                self._give(self.targets[key])

    def _trade_seats(self) -> None:
        keys = self._some(2, 2)
        if keys and all(self.targets[key]["active"] for key in keys):
            first, second = (self.targets[key] for key in keys)
            both = [
                {p: a[p] for p in a if p.split(".")[0] in _COLLECTIONS} for a in (first, second)
            ]
            for agent, values in ((first, both[1]), (second, both[0])):
                for path in [p for p in agent if p.split(".")[0] in _COLLECTIONS]:
                    del agent[path]
                agent |= values

    def _regroup(self) -> None:
        for key in self._some(1, 3):
            target = self.targets[key]
            if licenses(target):
                for path in [p for p in target if p.startswith(("queues.", "skills."))]:
                    del target[path]
                self._enroll(target)

    def _leave(self) -> None:
        for key in self._some(1, 2):
            if self.targets[key].get("previously") is None:
                self.fates[key] = self.rng.choice(("left", "left", "replaced"))
                live = self.live["agents"][key]
                self.targets[key] = dict(live)

    def _leave_uc(self) -> None:
        """Somebody whose phone is of the UC system leaves the contact centre."""
        for key in [key for key in self.targets if key not in self.web and self.chance(0.6)]:
            self.fates[key] = "left"
            self.targets[key] = dict(self.live["agents"][key])

    def _rename(self) -> None:
        for key in self._some(1, 1):
            if self.targets[key]["email"] == self.live["agents"][key]["email"]:
                self.targets[key]["name"] = self._name()[0]

    def _forget(self) -> None:
        for key in self._some(1, 2):
            live = self.live["agents"][key]
            if self.targets[key] == live:
                self.fates[key] = "forgotten"

    def _off(self) -> None:
        """On file and not signed in, with everything else as it is."""
        for key in self._some(1, 1):
            live = self.live["agents"][key]
            others = [target for other, target in self.targets.items() if other != key]
            if self.targets[key] == live and not any(
                target[path] == live[path] for target in others for path in ("email", "extension")
            ):
                self.fates[key] = "off"
                self.targets[key] = {
                    path: value
                    for path, value in live.items()
                    if path.split(".")[0] not in _COLLECTIONS
                } | {"active": False}

    def _renumber(self) -> None:
        """To a free number, and somebody else perhaps to the number that is left."""
        for key in self._some(1, 2):
            free = [number for number in self.numbers if number not in self._wanted()]
            if free:
                self.targets[key]["extension"] = self.rng.choice(free)

    def _wanted(self) -> set[str]:
        """Every number that somebody holds now or is to hold."""
        ends = {target["extension"] for target in self.targets.values()}
        return ends | self.taken | {entry.get("extension") for entry, _ in self.entries}

    def _scalar(self) -> None:
        for key in self._some(1, 2):
            target = self.targets[key]
            field = self.rng.choice(("preferred_name", "recording_mode", "no_answer_destination"))
            values = {
                "preferred_name": "Al",
                "recording_mode": self.rng.choice(MODES),
                "no_answer_destination": "3009",
            }
            target[field] = (
                None
                if field in target and self.chance(0.3) and (field != "recording_mode")
                else values[field]
            )

    # -- entries ----------------------------------------------------------------------------------

    def _entries(self) -> None:
        self.profiles: dict[str, Flat] = {}
        if self.chance(0.35):
            self.profiles["tier"] = {
                "licenses": ["voice"],
                "queues": {next(iter(self.live["queues"])): self.rng.randint(1, 10)},
            }
            if self.chance(0.5):
                self.profiles["tier"]["recording_mode"] = self.rng.choice(MODES)
        for key, target in self.targets.items():
            fate, live = self.fates.get(key), self.live["agents"][key]
            is_same = (target["name"], target["extension"]) == (live["name"], live["extension"])
            if target["email"] != live["email"] and not is_same:
                target["previously"] = live["email"]
            if fate in ("forgotten", "replaced"):
                continue
            self.entries.append((self._entry(key, target, fate), key))
        if not self.entries:
            key = next(iter(self.targets))
            self.fates[key] = "left"
            self.entries.append((self._entry(key, self.targets[key], "left"), key))
        if self.profiles:
            self.files["profiles"] = self.profiles

    def _entry(self, key: str, target: Flat, fate: str | None) -> Flat:
        live = self.live["agents"][key]
        entry = self._identity(target)
        for path in ("preferred_name", "recording_mode", "no_answer_destination"):
            if target["phone"] == "webrtc" and target.get(path) != live.get(path):
                entry[path] = target.get(path)
        if fate == "left":
            entry["until"] = PAST
        elif self.chance(0.06):
            entry["until"] = FUTURE
        is_off = not live["active"] and fate is None and not licenses(target)
        if fate == "off" or (HAS_ACTIVE and is_off and self.chance(0.7)):
            return entry | {"active": False, "licenses": [], "queues": {}, "skills": {}}
        self._collections(entry, target, live)
        return entry

    def _identity(self, target: Flat) -> Flat:
        if target["phone"] == "uc":
            entry: Flat = {"extension": target["extension"]}
            if self.chance(0.3):
                entry["phone"] = "uc"
        else:
            entry = {name: target[name] for name in ("name", "email", "extension")}
            if self.chance(0.1):
                entry["email"] = entry["email"].upper()
        if "previously" in target:
            entry["previously"] = {"email": target["previously"]}
        return entry

    def _collections(self, entry: Flat, target: Flat, live: Flat) -> None:
        if self.profiles and licenses(target) and target["phone"] == "webrtc" and self.chance(0.5):
            self._with_profile(entry, target)
            return
        changed = {p.split(".")[0] for p in {*target, *live} if target.get(p) != live.get(p)}
        for kind in _COLLECTIONS:
            if kind in changed or self.chance(0.6):
                entry[kind] = self._stated(kind, target)

    def _stated(self, kind: str, target: Flat) -> Any:
        members = {
            path.partition(".")[2]: level
            for path, level in sorted(target.items())
            if path.startswith(f"{kind}.")
        }
        if kind == "licenses":
            return sorted(members)
        if members and self.chance(0.1):
            return self.rng.choice((sorted(members), dict.fromkeys(sorted(members), "default")))
        if members and self.chance(0.1):
            name = self.rng.choice(sorted(members))
            day = self.rng.choice(({"until": FUTURE}, {"from": PAST}, {"until": PAST}))
            members[name] = {"level": members[name], **day}
        return members

    def _with_profile(self, entry: Flat, target: Flat) -> None:
        entry["profile"] = self.rng.choice(("tier", ["tier"]))
        held = licenses(target)
        words: Flat = dict.fromkeys(sorted(held - {"voice"}), True)
        if "voice" not in held:
            words["voice"] = "none"
        if words:
            entry["licenses"] = words
        queues = {p[7:]: level for p, level in sorted(target.items()) if p.startswith("queues.")}
        given = next(iter(self.live["queues"]))
        if given not in queues:
            entry["queues"] = queues | {given: "none"}
        elif self.chance(0.5):
            entry["queues"] = queues
        elif set(queues) - {given}:
            entry["queues"] = {name: level for name, level in queues.items() if name != given}
        if self.chance(0.5):
            entry["skills"] = self._stated("skills", target)

    def _newcomers(self) -> None:
        """On free numbers, on those of leavers and movers, and in place of the replaced."""
        kept = {
            target["extension"]
            for key, target in self.targets.items()
            if self.fates.get(key) not in ("left", "replaced")
        }
        numbers = [number for number in self.numbers if number not in kept]
        for key, fate in self.fates.items():
            if fate == "replaced":
                number = self.live["agents"][key]["extension"]
                if number not in numbers:
                    self.entries.append((self._entry(key, self.targets[key], "left"), key))
                    continue
                numbers.remove(number)
                self._newcomer(number, {"replaces": {"email": self.live["agents"][key]["email"]}})
        for _ in range(self.rng.choice((1, 2, 3) if self.is_knot else (0, 0, 1, 1, 2, 3))):
            if not numbers:
                return
            freed = [number for number in numbers if number in self.taken]
            number = self.rng.choice(freed if freed and self.chance(0.7) else numbers)
            numbers.remove(number)
            self._newcomer(number, {"from": FUTURE} if self._may_wait(number) else {})

    def _may_wait(self, number: str) -> bool:
        return number not in self.taken and self.chance(0.1)

    def _newcomer(self, number: str, more: Flat) -> None:
        name, email = self._name()
        freed = [
            target["previously"]
            for target in self.targets.values()
            if target.get("previously")
            and target["previously"] not in {t["email"] for t in self.targets.values()}
            and target["previously"] not in {entry.get("email") for entry, _ in self.entries}
        ]
        if freed and "replaces" not in more and self.chance(0.5):
            email = self.rng.choice(freed)
        target: Flat = {"name": name, "email": email, "extension": number, "phone": "webrtc"}
        self._give(target)
        entry = {"name": name, "email": email, "extension": number} | more
        self._scalars(entry)
        self._collections(entry, target, {})
        if self.chance(0.2):
            entry["phone"] = "webrtc"
        self.entries.append((entry, None))

    # -- everything else --------------------------------------------------------------------------

    def _settings(self) -> None:
        self.files["extension_ranges"] = {
            "web": {"purpose": "webrtc_agent", "range": f"4000-{4000 + self.width - 1}"}
        }
        if self.chance(0.3):
            self.files["extension_ranges"]["web"]["unlisted"] = self.rng.choice(
                ("report", "suspend")
            )
        if self.live["directory"] or self.chance(0.5):
            self.files["extension_ranges"]["uc"] = {"purpose": "uc_user", "range": "2000-2099"}
        for kind in ("queues", "skills"):
            stated = {name: self._setting(kind) for name in self.live[kind]}
            if kind == "queues" and self.chance(0.15):
                self._open_queue(stated)
            if stated:
                self.files[kind] = stated

    def _setting(self, kind: str) -> Flat:
        setting: Flat = {}
        if self.chance(0.35):
            setting["min_agents"] = self.rng.randint(0, 3)
        if self.chance(0.2):
            setting["default_level"] = self.rng.randint(1, 10)
        if kind == "queues" and self.chance(0.1):
            setting["priority"] = self.rng.randint(1, 9)
        return setting

    def _open_queue(self, stated: Flat) -> None:
        """A queue that is created and staffed in one plan."""
        stated["fresh"] = {"default_level": 5}
        for entry, _ in self.entries:
            if entry.get("licenses") and isinstance(entry.get("queues"), dict):
                entry["queues"] = entry["queues"] | {"fresh": self.rng.choice(("default", 7))}
                return

    def _policy(self) -> None:
        policy: Flat = {}
        kind = self.rng.random()
        if kind < 0.75:
            policy["limits"] = {
                "agent": {"suspend": 99, "delete": 0},
                "license": {"remove": 99},
                "membership": {"remove": 99},
            }
        elif kind < 0.9:
            policy["limits"] = {"agent": {"suspend": self.rng.randint(0, 2)}}
            if self.chance(0.5):
                policy["limits"]["license"] = {"remove": self.rng.randint(0, 3)}
            if self.chance(0.5):
                policy["limits"]["membership"] = {"remove": self.rng.randint(0, 4)}
        if self.chance(0.08):
            agent = self.rng.choice(list(self.live["agents"].values()))
            policy["protect"] = [f"agent/{agent['email']}"]
        if self.chance(0.08):
            policy["waivers"] = [self._waiver()]
        if policy:
            self.files["policy"] = policy

    def _waiver(self) -> Flat:
        address = f"queue/{self.rng.choice(list(self.live['queues']))}"
        return {
            "rule": "queue-under-minimum",
            "address": address,
            "reason": "agreed",
            "until": FUTURE,
        }


_COLLECTIONS = ("licenses", "queues", "skills")
SCHEMA = Path(__file__).parents[2] / "schemas/desired-state.schema.json"
HAS_ACTIVE = "active" in json.loads(SCHEMA.read_text("utf-8"))["$defs"]["agent"]["properties"]
"""Whether the files may say `active: false` yet."""
