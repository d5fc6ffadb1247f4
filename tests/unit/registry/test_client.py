# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry client against the wire: logins, paging, platforms, and everything that may go wrong in between."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.rescue.kubernetes.plugins.module_utils._cluster.errors import InvalidOptionError
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry import client as registry_client
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry import errors
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.client import address_of
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.credentials import login_from_file
from ansible_collections.rescue.kubernetes.plugins.module_utils._registry.reference import parse
from tests.unit.cluster_client import certificates
from tests.unit.cluster_client.api_server import ApiServer, Reply, answer, torn
from tests.unit.registry.conftest import Connect

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_DIGEST = f"sha256:{'c' * 64}"
MANIFEST = "/v2/team/app/manifests/v1"
TAGS = "/v2/team/app/tags/list"
BLOB = f"/v2/team/app/blobs/{CONFIG_DIGEST}"
SECRET = "pass-word-of-the-test"


def single(config: str = "application/vnd.docker.container.image.v1+json") -> dict[str, t.Any]:
    return {"schemaVersion": 2, "mediaType": IMAGE, "config": {"mediaType": config, "digest": CONFIG_DIGEST}}


def index(*platforms: dict[str, str]) -> dict[str, t.Any]:
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"platform": entry} for entry in platforms]}


def absent(code: str) -> Reply:
    return answer(404, {"errors": [{"code": code, "message": "\x1b[31munknown"}]})


def challenge(realm: str, scope: str = "repository:team/app:pull") -> Reply:
    header = f'Bearer realm="{realm}",service="registry.test",scope="{scope}"'
    return answer(401, {"errors": [{"code": "UNAUTHORIZED"}]}, {"WWW-Authenticate": header})


def platforms_of(server: ApiServer, connect: Connect) -> list[str]:
    registry = connect(server.url)
    return [str(entry) for entry in registry.platforms("team/app", registry.manifest("team/app", "v1"))]


def test_an_index_says_its_platforms_without_its_attestations(server: ApiServer, connect: Connect) -> None:
    server.on_get(
        MANIFEST,
        answer(
            200,
            index(
                {"os": "linux", "architecture": "amd64"},
                {"os": "linux", "architecture": "arm64", "variant": "v8"},
                {"os": "unknown", "architecture": "unknown"},
            ),
        ),
    )
    assert platforms_of(server, connect) == ["linux/amd64", "linux/arm64/v8"]
    assert INDEX in server.seen[0].headers["Accept"]
    assert IMAGE in server.seen[0].headers["Accept"]


def test_a_single_manifest_says_its_platform_in_its_configuration(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, answer(200, single()))
    server.on_get(BLOB, answer(200, {"os": "linux", "architecture": "arm64"}))
    assert platforms_of(server, connect) == ["linux/arm64"]


def test_the_first_schema_says_its_architecture(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, answer(200, {"schemaVersion": 1, "architecture": "amd64"}))
    assert platforms_of(server, connect) == ["linux/amd64"]


def test_something_that_is_no_image_has_no_platform(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, answer(200, single("application/vnd.cncf.helm.config.v1+json")))
    assert platforms_of(server, connect) == []
    assert server.count("GET", BLOB) == 0


def test_the_digest_is_the_announced_one_or_that_of_the_body(server: ApiServer, connect: Connect) -> None:
    announced = f"sha256:{'a' * 64}"
    server.on_get(
        MANIFEST,
        answer(200, single(), {"Docker-Content-Digest": announced}),
        answer(200, single(), {"Docker-Content-Digest": "\x1b[31m"}),
    )
    registry = connect(server.url)
    assert registry.manifest("team/app", "v1").digest == announced
    body = json.dumps(single()).encode()
    assert registry.manifest("team/app", "v1").digest == f"sha256:{hashlib.sha256(body).hexdigest()}"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("MANIFEST_UNKNOWN", "tag_not_found"), ("NAME_UNKNOWN", "repository_not_found"), ("OTHER", "tag_not_found")],
)
def test_absent_is_what_the_registry_says_is_absent(
    server: ApiServer, connect: Connect, code: str, reason: str
) -> None:
    server.on_get(MANIFEST, absent(code))
    with pytest.raises(errors.AbsentError) as caught:
        connect(server.url).manifest("team/app", "v1")
    assert caught.value.reason == reason


def test_a_404_of_a_registry_without_words_is_absence(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, answer(404, "", {"Docker-Distribution-Api-Version": "registry/2.0"}))
    with pytest.raises(errors.AbsentError):
        connect(server.url).manifest("team/app", "v1")


@pytest.mark.parametrize(
    "reply",
    [
        answer(404, "<html>no such page</html>"),
        answer(200, "<html>welcome</html>"),
        answer(200, {"hello": "world"}),
        answer(200, "[" * 100_000),
        answer(200, "\xff\x00"),
        answer(418, "teapot"),
        answer(302, "", {"Location": "ftp://files.test/v2/"}),
        answer(302, "", {"Location": "http://[bad"}),
        answer(302, ""),
    ],
)
def test_what_is_no_registry_knows_nothing_of_absence(server: ApiServer, connect: Connect, reply: Reply) -> None:
    server.on_get(MANIFEST, reply)
    with pytest.raises(errors.NotARegistryError):
        connect(server.url).manifest("team/app", "v1")


def test_an_endless_document_is_refused(server: ApiServer, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_client, "DOCUMENT_LIMIT", 1000)
    server.on_get(MANIFEST, answer(200, {**single(), "padding": "x" * 2000}))
    with pytest.raises(errors.NotARegistryError, match="more than 1000 bytes"):
        connect(server.url).manifest("team/app", "v1")


# Logins.


def test_a_token_is_fetched_where_the_registry_says_and_kept(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, challenge(f"{server.url}/token?old=1"), answer(200, single()))
    server.on_get("/token", answer(200, {"token": "abc.def"}))
    server.on_get(TAGS, answer(200, {"tags": ["v1"]}))
    registry = connect(server.url, ("user", SECRET))
    registry.manifest("team/app", "v1")
    registry.tags("team/app")
    asked = next(seen for seen in server.seen if seen.path == "/token")
    assert asked.query == {"old": "1", "service": "registry.test", "scope": "repository:team/app:pull"}
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode()
    assert [seen.headers["Authorization"] for seen in server.seen if seen.path != "/token"] == [
        None,
        "Bearer abc.def",
        "Bearer abc.def",
    ]
    assert registry.calls == 4


def test_without_a_login_the_token_is_asked_for_anonymously(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, challenge(f"{server.url}/token"), answer(200, single()))
    server.on_get("/token", answer(200, {"access_token": "anonymous"}))
    connect(server.url).manifest("team/app", "v1")
    assert [seen.headers["Authorization"] for seen in server.seen] == [None, None, "Bearer anonymous"]


def test_a_password_is_sent_where_the_registry_wants_it_itself(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, answer(401, "", {"WWW-Authenticate": 'Basic realm="lab"'}), answer(200, single()))
    connect(server.url, ("user", SECRET)).manifest("team/app", "v1")
    assert [bool(seen.headers["Authorization"]) for seen in server.seen] == [False, True]


@pytest.mark.parametrize(
    "reply",
    [
        answer(401, "", {"WWW-Authenticate": 'Basic realm="lab"'}),
        answer(401, "", {"WWW-Authenticate": 'Negotiate realm="lab"'}),
        answer(401, ""),
        answer(403, {"errors": [{"code": "DENIED"}]}),
    ],
)
@pytest.mark.parametrize("login", [None, ("user", SECRET)])
def test_a_refused_login_is_no_absence_and_shows_no_password(
    server: ApiServer, connect: Connect, reply: Reply, login: tuple[str, str] | None
) -> None:
    server.on_get(MANIFEST, reply)
    with pytest.raises(errors.RegistryLoginError) as caught:
        connect(server.url, login).manifest("team/app", "v1")
    assert SECRET not in f"{caught.value.message} {caught.value.details}"
    assert ("the login given" in caught.value.message) is bool(login)
    assert server.count("GET", MANIFEST) <= 2


def test_a_refusal_of_the_login_service_is_one_of_the_login(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, challenge(f"{server.url}/token"))
    server.on_get("/token", answer(401, {"details": "incorrect username or password"}))
    with pytest.raises(errors.RegistryLoginError, match="login service answers 401"):
        connect(server.url, ("user", SECRET)).manifest("team/app", "v1")


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Injected: 1", 7, None, "ü"])
def test_a_token_that_no_header_could_hold_is_not_sent(server: ApiServer, connect: Connect, token: t.Any) -> None:
    server.on_get(MANIFEST, challenge(f"{server.url}/token"))
    server.on_get("/token", answer(200, {"token": token}))
    with pytest.raises(errors.NotARegistryError, match="no token"):
        connect(server.url).manifest("team/app", "v1")
    assert server.count("GET", MANIFEST) == 1


def test_a_login_service_on_another_host_must_speak_tls(server: ApiServer, connect: Connect) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.on_get(MANIFEST, challenge(f"{elsewhere}/token"))
    with pytest.raises(errors.RegistryLoginError, match="is not https"):
        connect(server.url, ("user", SECRET)).manifest("team/app", "v1")
    assert server.count("GET", "/token") == 0


@pytest.mark.parametrize("realm", ["", "/token", "file:///etc/passwd", "http://[bad", "ftp://127.0.0.1/token"])
def test_an_address_that_is_none_is_not_asked_for_a_login(server: ApiServer, connect: Connect, realm: str) -> None:
    server.on_get(MANIFEST, challenge(realm))
    with pytest.raises(errors.RegistryError):
        connect(server.url, ("user", SECRET)).manifest("team/app", "v1")
    assert len(server.seen) == 1


def test_an_https_registry_gets_no_password_sent_over_http(
    tls_server: ApiServer, server: ApiServer, connect: Connect, lab_certificates: certificates.Certificates
) -> None:
    tls_server.on_get(MANIFEST, challenge(f"{server.url}/token"))
    with pytest.raises(errors.RegistryLoginError, match="is not https"):
        connect(tls_server.url, ("user", SECRET), ca_cert=str(lab_certificates.authority)).manifest("team/app", "v1")
    assert server.seen == []


# Redirects.


def test_a_blob_may_lie_elsewhere_and_the_login_stays_here(
    server: ApiServer, other_server: ApiServer, connect: Connect
) -> None:
    server.on_get(MANIFEST, challenge(f"{server.url}/token"), answer(200, single()))
    server.on_get("/token", answer(200, {"token": "abc"}))
    server.on_get(BLOB, answer(307, "", {"Location": f"{other_server.url}/storage"}))
    other_server.on_get("/storage", answer(200, {"os": "linux", "architecture": "amd64"}))
    registry = connect(server.url)
    manifest = registry.manifest("team/app", "v1")
    assert [str(entry) for entry in registry.platforms("team/app", manifest)] == ["linux/amd64"]
    assert other_server.seen[0].headers["Authorization"] is None


def test_tls_is_not_left_by_a_redirect(
    tls_server: ApiServer, server: ApiServer, connect: Connect, lab_certificates: certificates.Certificates
) -> None:
    tls_server.on_get(MANIFEST, answer(302, "", {"Location": f"{server.url}{MANIFEST}"}))
    with pytest.raises(errors.NotARegistryError, match="not followed"):
        connect(tls_server.url, ca_cert=str(lab_certificates.authority)).manifest("team/app", "v1")
    assert server.seen == []


def test_redirects_end(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, answer(302, "", {"Location": MANIFEST}))
    with pytest.raises(errors.NotARegistryError, match="answers 302"):
        connect(server.url).manifest("team/app", "v1")
    assert len(server.seen) == 1 + registry_client.MOST_REDIRECTS


# Busy, slow and broken registries.


def test_a_busy_registry_is_asked_again_after_the_time_that_it_wants(
    server: ApiServer, connect: Connect, pauses: list[float]
) -> None:
    server.on_get(MANIFEST, answer(429, "", {"Retry-After": "2"}), answer(503, ""), answer(200, single()))
    assert connect(server.url).manifest("team/app", "v1").digest
    assert pauses == [2.0, 4.0]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_one_that_stays_busy_is_unknown(server: ApiServer, connect: Connect, status: int) -> None:
    server.on_get(MANIFEST, answer(status, ""))
    with pytest.raises(errors.RegistryBusyError, match=str(status)):
        connect(server.url).manifest("team/app", "v1")
    assert len(server.seen) == registry_client.ATTEMPTS


@pytest.mark.parametrize("wait", ["3600", "999999"])
def test_nobody_waits_longer_than_the_time_there_is(
    server: ApiServer, connect: Connect, pauses: list[float], wait: str
) -> None:
    server.on_get(MANIFEST, answer(429, "", {"Retry-After": wait}))
    with pytest.raises(errors.RegistryBusyError, match="limits how often"):
        connect(server.url).manifest("team/app", "v1")
    assert (pauses, len(server.seen)) == ([], 1)


@pytest.mark.parametrize("wait", ["soon", "-1", "", "1e9"])
def test_a_wait_that_is_no_number_is_our_own(
    server: ApiServer, connect: Connect, pauses: list[float], wait: str
) -> None:
    server.on_get(MANIFEST, answer(503, "", {"Retry-After": wait}), answer(200, single()))
    connect(server.url).manifest("team/app", "v1")
    assert pauses == [registry_client.FIRST_PAUSE]


def test_a_silent_registry_is_left_in_time(server: ApiServer, connect: Connect) -> None:
    done = threading.Event()
    server.on_get(MANIFEST, lambda _handler: (done.wait(10), None)[1])
    with pytest.raises(errors.RegistryTimeoutError, match="no answer within"):
        connect(server.url, timeout=0.2).manifest("team/app", "v1")
    done.set()


def test_a_registry_that_hangs_up_is_unreachable(server: ApiServer, connect: Connect) -> None:
    server.on_get(MANIFEST, torn)
    with pytest.raises(errors.RegistryUnreachableError, match="the connection broke"):
        connect(server.url).manifest("team/app", "v1")


def test_nobody_listens(server: ApiServer, connect: Connect) -> None:
    address = server.url
    registry = connect(address)
    server.stop()
    with pytest.raises(errors.RegistryUnreachableError, match="connection refused"):
        registry.manifest("team/app", "v1")
    server.start()


def test_a_name_that_does_not_resolve(connect: Connect) -> None:
    with pytest.raises(errors.RegistryUnreachableError, match="does not resolve"):
        connect("https://registry.invalid").manifest("team/app", "v1")


def test_a_server_that_speaks_no_tls(server: ApiServer, connect: Connect) -> None:
    address = server.url.replace("http", "https")
    with pytest.raises(errors.RegistryUnreachableError, match=f"does not speak TLS.*registry_url={server.url}"):
        connect(address).manifest("team/app", "v1")


def test_a_certificate_must_be_trusted(
    tls_server: ApiServer, connect: Connect, lab_certificates: certificates.Certificates
) -> None:
    tls_server.on_get(MANIFEST, answer(200, single()))
    with pytest.raises(errors.RegistryCertificateError, match="ca_cert="):
        connect(tls_server.url).manifest("team/app", "v1")
    assert tls_server.seen == []
    assert connect(tls_server.url, ca_cert=str(lab_certificates.authority)).manifest("team/app", "v1").digest
    assert connect(tls_server.url, validate_certs=False).manifest("team/app", "v1").digest


# Lists of tags.


def test_pages_are_followed_wherever_their_link_says_the_registry_is(server: ApiServer, connect: Connect) -> None:
    server.on_get(
        TAGS,
        answer(200, {"tags": ["v1"]}, {"Link": f'<{TAGS}?n=1&last=v1>; rel="next"'}),
        answer(200, {"tags": ["v2"]}, {"Link": f"<http://internal:5000{TAGS}?last=v2>; rel=next"}),
        answer(200, {"tags": ["v3"]}),
    )
    found = connect(server.url).tags("team/app")
    assert (found.tags, found.complete) == (["v1", "v2", "v3"], True)
    assert [seen.query.get("last") for seen in server.seen] == [None, "v1", "v2"]


def test_a_registry_that_names_no_next_page_is_asked_for_it(
    server: ApiServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_client, "PAGE_SIZE", 2)
    server.on_get(TAGS, answer(200, {"tags": ["v1", "v2"]}), answer(200, {"tags": ["v3"]}))
    found = connect(server.url).tags("team/app")
    assert (found.tags, found.complete) == (["v1", "v2", "v3"], True)
    assert server.seen[1].query == {"n": "2", "last": "v2"}


def test_a_registry_that_knows_no_pages_is_not_asked_for_ever(
    server: ApiServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_client, "PAGE_SIZE", 2)
    server.on_get(TAGS, answer(200, {"tags": ["v1", "v2", "v3"]}))
    assert connect(server.url).tags("team/app").tags == ["v1", "v2", "v3"]
    assert len(server.seen) == 2


def test_a_circle_of_pages_ends(server: ApiServer, connect: Connect) -> None:
    server.on_get(TAGS, answer(200, {"tags": ["v1"]}, {"Link": f'<{TAGS}?last=v1>; rel="next"'}))
    assert connect(server.url).tags("team/app").tags == ["v1"]
    assert len(server.seen) == 2


@pytest.mark.parametrize("link", ["</etc/passwd>; rel=next", "<http://[bad>; rel=next", "<>; rel=next", "rel=next"])
def test_a_link_that_leads_elsewhere_is_not_followed(server: ApiServer, connect: Connect, link: str) -> None:
    server.on_get(TAGS, answer(200, {"tags": ["v1"]}, {"Link": link}))
    assert connect(server.url).tags("team/app").tags == ["v1"]
    assert len(server.seen) == 1


def test_endless_lists_are_cut_and_said_to_be(
    server: ApiServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_client, "MOST_TAGS", 3)
    pages = iter(range(100))

    def page(handler: t.Any) -> None:
        number = next(pages)
        link = {"Link": f"<{TAGS}?last=v{number}>; rel=next"}
        answer(200, {"tags": [f"v{number}-a", f"v{number}-b"]}, link)(handler)

    server.on_get(TAGS, page)
    found = connect(server.url).tags("team/app")
    assert (found.tags, found.complete) == (["v0-a", "v0-b", "v1-a"], False)


def test_what_breaks_off_after_the_first_page_is_incomplete(server: ApiServer, connect: Connect) -> None:
    server.on_get(TAGS, answer(200, {"tags": ["v1"]}, {"Link": f"<{TAGS}?last=v1>; rel=next"}), torn)
    found = connect(server.url).tags("team/app")
    assert (found.tags, found.complete) == (["v1"], False)


def test_only_what_may_be_a_tag_is_one(server: ApiServer, connect: Connect) -> None:
    hostile = ["v1", "\x1b[31mv2", "v2\n", "{{ lookup('env', 'HOME') }}", "a" * 129, "", "-v1", "ü", 7, None, {"a": 1}]
    server.on_get(TAGS, answer(200, {"tags": hostile}))
    assert connect(server.url).tags("team/app").tags == ["v1"]


@pytest.mark.parametrize("document", [{"tags": None}, {"tags": []}, {"tags": "v1"}])
def test_a_repository_without_tags(server: ApiServer, connect: Connect, document: t.Any) -> None:
    server.on_get(TAGS, answer(200, document))
    assert connect(server.url).tags("team/app").tags == []


# Addresses and logins.


@pytest.mark.parametrize(
    ("image", "url", "address"),
    [
        ("nginx", None, "https://registry-1.docker.io"),
        ("index.docker.io/library/nginx:1", None, "https://registry-1.docker.io"),
        ("localhost:5000/app:v1", None, "https://localhost:5000"),
        ("registry.test/app:v1", "http://10.0.0.1:5000/", "http://10.0.0.1:5000"),
        ("registry.test/app:v1", "https://[::1]:5000/v2/", "https://[::1]:5000"),
    ],
)
def test_where_an_image_is_asked_for(image: str, url: str | None, address: str) -> None:
    assert address_of(parse(image), url) == address


@pytest.mark.parametrize(
    "url",
    [
        "registry.test",
        "ftp://registry.test",
        "http://",
        "http://a:b@registry.test",
        "http://r/path",
        "http://r:x",
        "http://[r",
        "a b",
    ],
)
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(InvalidOptionError, match="address of a registry") as caught:
        address_of(parse("app"), url)
    assert "a:b" not in caught.value.message


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("image", "username"),
    [
        ("nginx", "hub"),
        ("registry.test/other:v1", "all"),
        ("registry.test/team/app:v1", "team"),
        ("registry.test:5000/app", "port"),
        ("elsewhere.test/app", None),
        ("helper.test/app", None),
        ("registry.test.evil.test/app", None),
    ],
)
def test_a_file_of_logins_gives_the_one_for_the_registry(tmp_path: Path, image: str, username: str | None) -> None:
    file = tmp_path / "config.json"
    logins = {
        "https://index.docker.io/v1/": {"auth": encoded("hub:a:b")},
        "registry.test": {"username": "all", "password": "b"},
        "registry.test/team": {"auth": encoded("team:b")},
        "https://registry.test:5000/v2/": {"auth": encoded("port:b")},
        "helper.test": {},
    }
    file.write_text(json.dumps({"auths": logins, "credHelpers": {"helper.test": "pass"}}))
    login = login_from_file(str(file), parse(image))
    assert (login.username if login else None) == username
    if image == "nginx":
        assert login is not None
        assert login.password == "a:b"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"auths": 1}', '{"auths": {"docker.io": {"auth": "%"}}}'])
def test_a_file_that_holds_no_logins_is_said(tmp_path: Path, content: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(content)
    with pytest.raises(InvalidOptionError, match="docker login"):
        login_from_file(str(file), parse("nginx"))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidOptionError, match="No such file"):
        login_from_file(str(tmp_path / "none"), parse("nginx"))
