# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the image_tags module does: is an image in its registry, and which tag may have been meant.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.guard import run_guarded
from ansible_collections.rescue.kubernetes.plugins.module_utils._module.run import USER_AGENT, Stopwatch, shown
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry import ranking
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.client import Registry, TagList, address_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.credentials import Login, login_from_file
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.errors import AbsentError, RegistryError
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.manifest import Platform, parse_platform
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import (
    ImageReference,
    is_tag,
    parse,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.transport import Transport
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import JsonObject

_MOST_SIMILAR = 3


@dataclasses.dataclass(frozen=True)
class RegistryOptions:
    """How a registry is reached. `timeout` is seconds for all that is asked of it."""

    registry_url: str | None = None
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    registry_auth_file: str | None = None
    ca_cert: str | None = None
    validate_certs: bool = True
    timeout: float = 10.0

    def login(self, image: ImageReference) -> Login | None:
        """The login for an image's registry, None without one. Raises InvalidOptionError."""
        if self.username and self.password:
            return Login(self.username, self.password, "the login given with username and password")
        return login_from_file(self.registry_auth_file, image) if self.registry_auth_file else None


@dataclasses.dataclass
class Examination:
    """What the registry says of an image: `exists` is yes, no or unknown; `platform_ok` None where nobody says.

    `reason` is a slug and `message` a sentence, both for what stands in the way or is missing. `suggestion` is the
    tag that stands out among `candidates`, "" when none does.
    """

    image: ImageReference
    exists: t.Literal["yes", "no", "unknown"] = "unknown"
    digest: str = ""
    platforms: tuple[Platform, ...] = ()
    platform_ok: bool | None = None
    reason: str = ""
    message: str = ""
    tags: TagList | None = None
    candidates: list[ranking.Candidate] = dataclasses.field(default_factory=list)
    suggestion: str = ""

    @property
    def similar(self) -> list[str]:
        """The one tag that stands out, else the few that are as near."""
        if self.suggestion:
            return [self.suggestion]
        return [entry.tag for entry in ranking.similar(self.image.tag, self.candidates)[:_MOST_SIMILAR]]


def examine(registry: Registry, image: ImageReference, last_good: str, platform: Platform | None = None) -> Examination:
    """Ask a registry for an image. `last_good` is a tag or ""; `platform` None asks for none. Never raises."""
    found = Examination(image)
    try:
        manifest = registry.manifest(image.repository, image.digest or image.tag)
    except AbsentError as error:
        found.exists, found.reason = "no", error.reason
    except RegistryError as error:
        found.reason, found.message = error.reason, f"Whether {image} exists is not known. {error.message}"
        return found
    else:
        found.exists, found.digest = "yes", manifest.digest
        with contextlib.suppress(RegistryError):
            found.platforms = registry.platforms(image.repository, manifest)
        found.platform_ok = _fits(platform, found.platforms)
        found.reason = "platform_not_available" if found.platform_ok is False else ""
    unlisted = ""
    try:
        found.tags = registry.tags(image.repository)
    except AbsentError as error:
        # Some registries say of a missing repository only here that it is not the tag alone.
        found.reason = error.reason if found.exists == "no" else found.reason
    except RegistryError as error:
        unlisted = f" Its tags cannot be listed. {error.message}"
    if found.tags and image.tag:
        found.candidates = ranking.ranked(image.tag, last_good, found.tags.tags)
    if found.exists == "no":
        _suggest(registry, found, platform)
    found.message = _message(found, platform) + unlisted
    return found


def _fits(platform: Platform | None, offered: t.Sequence[Platform]) -> bool | None:
    return any(platform.runs(entry) for entry in offered) if platform and offered else None


def _suggest(registry: Registry, found: Examination, platform: Platform | None) -> None:
    """Find the tag that stands out and can be pulled: a list of tags may hold some that no longer lead anywhere."""
    for _attempt in range(_MOST_SIMILAR):
        best = ranking.outstanding(found.image.tag, found.candidates)
        usable = _can_be_pulled(registry, found.image.repository, best.tag, platform) if best else None
        if best is None or usable is None:
            return
        if usable:
            found.suggestion = best.tag
            return
        found.candidates.remove(best)


def _can_be_pulled(registry: Registry, repository: str, tag: str, platform: Platform | None) -> bool | None:
    """Whether a tag leads to an image for the platform; None when nobody says."""
    try:
        manifest = registry.manifest(repository, tag)
        return not platform or _fits(platform, registry.platforms(repository, manifest)) is not False
    except AbsentError:
        return False
    except RegistryError:
        return None


def _message(found: Examination, platform: Platform | None) -> str:
    if found.exists == "yes":
        if found.platform_ok is False:
            offered = ", ".join(str(entry) for entry in found.platforms)
            return f"{found.image} exists, but not for {platform}: it is built for {offered}."
        if found.platform_ok is None:
            return f"{found.image} exists; what it is built for is not known."
        return f"{found.image} exists and is built for {platform}."
    if found.reason == "repository_not_found":
        return f"The registry has no repository {found.image.repository}."
    similar = f" (similar: {', '.join(found.similar)})" if found.similar else ""
    return f"{found.image} does not exist in the registry{similar}."


def last_good_tag(image: ImageReference, last_good: str) -> str:
    """The tag of `last_good`, a tag or an image of the same repository, "" for one without. Raises RescueError."""
    if is_tag(last_good):
        return last_good
    earlier = parse(last_good)
    if (earlier.registry, earlier.repository) != (image.registry, image.repository):
        raise InvalidOptionError(
            f"last_good is of another repository ({earlier.name}) than image ({image.name}): their tags cannot be "
            "compared. Give a tag, or leave last_good out.",
            details={"option": "last_good"},
        )
    return earlier.tag


def connect(image: ImageReference, options: RegistryOptions, login: Login | None) -> Registry:
    """The registry that holds an image; asks nothing yet. Raises RescueError."""
    carrier = Transport(ca_cert=options.ca_cert, validate_certs=options.validate_certs, user_agent=USER_AGENT)
    return Registry(address_of(image, options.registry_url), carrier, login, timeout=options.timeout)


def _image_tags(module: AnsibleModule) -> JsonObject:
    stopwatch = Stopwatch()
    parameters = module.params
    for name, most in (("timeout", 600), ("limit", 1000)):
        if not 0 < parameters[name] <= most:
            raise InvalidOptionError(
                f"{name} is {parameters[name]}: give more than 0 and at most {most}.", details={"option": name}
            )
    image = parse(parameters["image"])
    good = last_good_tag(image, parameters["last_good"]) if parameters["last_good"] else ""
    platform = parse_platform(parameters["platform"])
    options = RegistryOptions(**{field.name: parameters[field.name] for field in dataclasses.fields(RegistryOptions)})
    login = options.login(image)
    if login is not None:
        # Ansible knows the password that it was given, not one that stands in a file.
        module.no_log_values.update((login.password, login.basic.partition(" ")[2]))
    registry = connect(image, options, login)
    found = examine(registry, image, good, platform)
    result: JsonObject = {
        "changed": False,
        "image": str(image),
        "registry": registry.address,
        "exists": found.exists,
        "digest": found.digest,
        "platform": str(platform),
        "platform_ok": found.platform_ok,
        "platforms": [str(entry) for entry in found.platforms],
        "reason": found.reason,
        "message": found.message,
        "tags_seen": len(found.tags.tags) if found.tags else 0,
        "tags_complete": found.tags is not None and found.tags.complete,
        "candidates": [
            {
                "tag": entry.tag,
                "image": image.with_tag(entry.tag),
                "distance": entry.distance,
                "newer": entry.newer,
                "same_series": entry.same_series,
                "why": entry.why,
            }
            for entry in found.candidates[: parameters["limit"]]
        ],
        "suggestion": found.suggestion,
        "calls": registry.calls,
        "timing": stopwatch.to_dict(),
    }
    return t.cast(JsonObject, shown(result))


ARGUMENT_SPEC: dict[str, t.Any] = {
    "image": {"type": "str", "required": True},
    "last_good": {"type": "str"},
    "platform": {"type": "str", "default": "linux/amd64"},
    "registry_url": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "registry_auth_file": {"type": "path"},
    "ca_cert": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 10.0},
    "limit": {"type": "int", "default": 5},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_together=[("username", "password")],
        mutually_exclusive=[("username", "registry_auth_file")],
    )
    run_guarded(module, _image_tags)
