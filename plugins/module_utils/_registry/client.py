# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry's side of the OCI distribution specification that is needed here: manifests, tags, one blob. Reads only.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import re
import time
import typing as t
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.connection import display_url
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.deadline import Deadline
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError, one_line
from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.transport import Answer
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry import errors, transport
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.credentials import Login
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.manifest import (
    ACCEPT,
    Manifest,
    Platform,
    is_manifest,
    platform_of,
    read_manifest,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import (
    DOCKER_HUB,
    ImageReference,
    is_tag,
)
from ansible_collections.rescue.kubernetes.plugins.module_utils._rollout.objects import mapping, sequence, text

ATTEMPTS = 3
FIRST_PAUSE = 0.5
MOST_REDIRECTS = 3
PAGE_SIZE, MOST_PAGES, MOST_TAGS = 1000, 50, 10_000
# The specification's limit for a manifest; a page of tags with 128 characters each needs less.
DOCUMENT_LIMIT = 4 * 1024 * 1024
ERROR_CODES_OF_ABSENCE = {
    "NAME_UNKNOWN": "repository_not_found",
    "MANIFEST_UNKNOWN": "tag_not_found",
    "NOT_FOUND": "tag_not_found",
}

_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (429, 500, 502, 503, 504)
_PARAMETER = re.compile(r"(\w+)=\"([^\"]*)\"")
_NEXT_PAGE = re.compile(r"<([^<>]{1,4096})>\s*;[^,]*\brel=\"?next\b")
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")


@dataclass(frozen=True)
class TagList:
    """Tags of a repository, in the registry's order. `complete` is false where there are more than were read."""

    tags: list[str]
    complete: bool


def address_of(image: ImageReference, registry_url: str | None) -> str:
    """Where to ask for an image: `registry_url`, else the image's registry over https. Raises InvalidOptionError."""
    if not registry_url:
        return f"https://{'registry-1.docker.io' if image.registry == DOCKER_HUB else image.registry}"
    parts = _parts(registry_url)
    if parts is None or parts.username is not None or parts.path.rstrip("/") not in ("", "/v2") or parts.query:
        raise InvalidOptionError(
            f'"{one_line(display_url(registry_url), 200)}" is not the address of a registry: write it as '
            "https://registry.example.com:5000 (http:// where it speaks no TLS), without a path and without a login.",
            details={"option": "registry_url"},
        )
    return f"{parts.scheme}://{parts.netloc}"


class Registry:
    """One registry, asked within `timeout` seconds in all. All methods raise RegistryError."""

    def __init__(
        self,
        address: str,
        carrier: transport.Transport,
        login: Login | None = None,
        *,
        timeout: float,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address
        self.calls = 0
        self._carrier = carrier
        self._login = login
        self._timeout = timeout
        self._deadline = Deadline(timeout)
        self._sleep = sleep
        self._authorization = ""

    def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest of a tag or digest. Raises AbsentError where the registry says that there is none."""
        answer = self._found(f"/v2/{repository}/manifests/{reference}", repository, accept=ACCEPT)
        document = self._document(answer)
        if not is_manifest(document):
            raise self._no_registry(answer, "its answer is no manifest")
        return read_manifest(document, answer.body, answer.headers.get("Docker-Content-Digest") or "")

    def platforms(self, repository: str, manifest: Manifest) -> tuple[Platform, ...]:
        """What an image is built for; empty where nobody says."""
        if manifest.platforms or not manifest.config:
            return manifest.platforms
        answer = self._found(f"/v2/{repository}/blobs/{manifest.config}", repository, accept="*/*")
        return tuple(platform_of(self._document(answer)))

    def tags(self, repository: str) -> TagList:
        """The repository's tags, at most MOST_TAGS; what breaks off after the first page is incomplete."""
        following = f"/v2/{repository}/tags/list?n={PAGE_SIZE}"
        asked: set[str] = set()
        found: dict[str, None] = {}
        while following and following not in asked and len(asked) < MOST_PAGES and len(found) < MOST_TAGS:
            asked.add(following)
            try:
                answer = self._found(following, repository, accept="application/json")
                document = self._document(answer)
                if "tags" not in mapping(document):
                    raise self._no_registry(answer, "its answer is no list of tags")
            except errors.RegistryError:
                if not found:
                    raise
                break
            page = [text(tag) for tag in sequence(document["tags"])]
            fresh = [tag for tag in page if is_tag(tag) and tag not in found]
            found.update(dict.fromkeys(fresh))
            following = _next_page(answer, following)
            if not following and len(page) >= PAGE_SIZE and fresh:
                # Some registries do not say that there is more.
                following = f"/v2/{repository}/tags/list?" + urlencode({"n": PAGE_SIZE, "last": page[-1]})
        return TagList(list(found)[:MOST_TAGS], complete=not following)

    def _found(self, path: str, repository: str, *, accept: str) -> Answer:
        """The answer to a path below the address, or the error that it stands for."""
        answer = self._ask(path, repository, accept)
        if answer.status == 200:
            return answer
        if answer.status in (401, 403):
            raise self._login_refused(repository)
        if answer.status == 404:
            codes = [text(mapping(entry).get("code")).upper() for entry in _problems(answer)]
            reasons = [ERROR_CODES_OF_ABSENCE[code] for code in codes if code in ERROR_CODES_OF_ABSENCE]
            if reasons or codes or "Docker-Distribution-Api-Version" in answer.headers:
                raise errors.AbsentError(
                    f"The registry {self.address} does not have it.",
                    reason=reasons[0] if reasons else "tag_not_found",
                    details={"registry": self.address, "problem": "404"},
                )
        raise self._no_registry(answer, f"it answers {answer.status}")

    def _ask(self, path: str, repository: str, accept: str) -> Answer:
        """One question with the login that the registry wants, and its redirects."""
        url = self.address + path
        answer = self._patiently(url, accept, self._authorization)
        if answer.status == 401:
            self._log_in(answer, repository)
            answer = self._patiently(url, accept, self._authorization)
        for _hop in range(MOST_REDIRECTS):
            if answer.status not in _REDIRECTS:
                break
            target = _parts(answer.headers.get("Location") or "", url)
            if target is None or not self._may_follow(target, urlsplit(url).scheme):
                raise self._no_registry(answer, "it redirects to an address that is not followed")
            url = target.geturl()
            same_place = target[:2] == urlsplit(self.address)[:2]
            answer = self._patiently(url, accept, self._authorization if same_place else "")
        return answer

    def _patiently(self, url: str, accept: str, authorization: str) -> Answer:
        """One request, repeated while its answer says that it may work soon."""
        headers = {"Accept": accept, **({"Authorization": authorization} if authorization else {})}
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            remaining = self._deadline.remaining()
            if not remaining:
                raise transport.timed_out(self.address, self._timeout)
            self.calls += 1
            answer = self._carrier.get(url, headers, timeout=remaining, limit=DOCUMENT_LIMIT)
            if answer.status not in _PASSING:
                return answer
            pause = _seconds(answer.headers.get("Retry-After")) or pause
            if attempt == ATTEMPTS or pause >= self._deadline.remaining():
                break
            self._sleep(pause)
            pause *= 2
        limited = answer.status == 429
        raise errors.RegistryBusyError(
            f"The registry {self.address} answers {answer.status}"
            + (
                ": it limits how often it may be asked. A login may raise that limit." if limited else ". Ask it later."
            ),
            details={"registry": self.address, "problem": f"status {answer.status}", "status": answer.status},
        )

    def _log_in(self, answer: Answer, repository: str) -> None:
        """Do what a 401 asks for: a token from the service that it names, or the password itself."""
        challenge = answer.headers.get("WWW-Authenticate") or ""
        bearer = re.search(r"\bBearer\s", challenge, re.IGNORECASE)
        if bearer is None:
            if self._login is None or not re.search(r"\bBasic\b", challenge, re.IGNORECASE):
                raise self._login_refused(repository)
            self._authorization = self._login.basic
            return
        parameters: dict[str, str] = {}
        for name, value in _PARAMETER.findall(challenge[bearer.end() :]):
            parameters.setdefault(name.lower(), value)
        self._authorization = f"Bearer {self._token(parameters, repository)}"

    def _token(self, parameters: dict[str, str], repository: str) -> str:
        named = parameters.get("realm", "")
        realm, own = _parts(named), urlsplit(self.address)
        plain = realm is not None and realm.scheme == own.scheme == "http" and realm.hostname == own.hostname
        if realm is None or not (plain or self._may_follow(realm, "https")):
            raise errors.RegistryLoginError(
                f'The registry {self.address} names a login service that is not asked: "{one_line(named, 200)}" is not '
                "https.",
                details={"registry": self.address, "problem": "login service without https"},
            )
        query = parse_qsl(realm.query, keep_blank_values=True)
        if parameters.get("service"):
            query.append(("service", parameters["service"]))
        query.append(("scope", parameters.get("scope") or f"repository:{repository}:pull"))
        url = realm._replace(query=urlencode(query), fragment="").geturl()
        answer = self._patiently(url, "application/json", self._login.basic if self._login else "")
        if answer.status != 200:
            raise self._login_refused(repository, f"its login service answers {answer.status}")
        document = mapping(self._document(answer))
        token = text(document.get("token")) or text(document.get("access_token"))
        if not _TOKEN.fullmatch(token):
            raise self._no_registry(answer, "its login service gives no token")
        return token

    def _may_follow(self, target: SplitResult, scheme: str) -> bool:
        """Whether an address that the registry names may be asked: TLS stays TLS, and nobody sends us to ourselves."""
        own = urlsplit(self.address).hostname or ""
        return target.scheme in {scheme, "https"} and (
            transport.is_this_machine(own) or not transport.is_this_machine(target.hostname or "")
        )

    def _document(self, answer: Answer) -> t.Any:
        if answer.truncated:
            raise self._no_registry(answer, f"its answer has more than {DOCUMENT_LIMIT} bytes")
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise self._no_registry(answer, "its answer is not JSON") from error

    def _login_refused(self, repository: str, problem: str = "") -> errors.RegistryLoginError:
        facts = {"registry": self.address, "problem": problem or "login refused"}
        because = f" ({problem})" if problem else ""
        if self._login is None:
            return errors.RegistryLoginError(
                f"The registry {self.address} wants a login to tell of {repository}, or has no such repository"
                f"{because}. Give one with username= and password=, or with registry_auth_file=.",
                details={**facts, "credential": "none"},
            )
        return errors.RegistryLoginError(
            f"The registry {self.address} refuses {self._login.described} for {repository}{because}, or has no such "
            "repository.",
            details={**facts, "credential": self._login.described},
        )

    def _no_registry(self, answer: Answer, problem: str) -> errors.NotARegistryError:
        return errors.NotARegistryError(
            f"What answers at {self.address} is no image registry, or one that cannot be understood: {problem}. "
            "Check registry_url=.",
            details={"registry": self.address, "problem": problem, "status": answer.status},
        )


def _parts(url: str, base: str = "") -> SplitResult | None:
    """A web address taken apart, relative to `base`; None for what is none."""
    try:
        parts = urlsplit(urljoin(base, url))
        return parts if url and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _problems(answer: Answer) -> list[t.Any]:
    """What an answer holds under "errors", as the specification has it."""
    try:
        return sequence(mapping(json.loads(answer.body)).get("errors"))
    except (ValueError, RecursionError):
        return []


def _next_page(answer: Answer, present: str) -> str:
    """Path and query of the next page, "" on the last; its host, which may be one behind a proxy, is not used."""
    found = _NEXT_PAGE.search(answer.headers.get("Link") or "")
    if found is None:
        return ""
    parts = _parts(found[1], f"https://registry{present}")
    return f"{parts.path}?{parts.query}" if parts and parts.path.startswith("/v2/") else ""


def _seconds(written: str | None) -> float:
    """The seconds that a Retry-After header asks for, 0 where it gives none."""
    return float(written) if written and re.fullmatch(r"\d{1,6}", written.strip()) else 0.0
