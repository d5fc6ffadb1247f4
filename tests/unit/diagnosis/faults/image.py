# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that cannot be pulled.

A real registry cannot be made to refuse at will: a small one in the test's own namespace does, and the container
runtime reaches it through a node port, as `localhost`.
"""

from __future__ import annotations

from .parts import (
    API_SERVER,
    APPLICATION,
    NODE_PORT,
    QUIET,
    Fault,
    Json,
    changed,
    deployment,
    good,
    named,
    node,
    service,
)

# What the path says, it answers. A registry that denies sends clients to a token service first, as Docker Hub does.
_REGISTRY = """
const manifests = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifests: [{
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json', size: 100,
    digest: 'sha256:' + '1'.repeat(64), platform: {architecture: 's390x', os: 'linux'},
  }],
});
const digest = 'sha256:' + require('crypto').createHash('sha256').update(manifests).digest('hex');
require('http').createServer((request, response) => {
  const answer = (code, body, headers) => {
    response.writeHead(code, {'Content-Type': 'application/json', ...headers});
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const refuse = (code, word, headers) => answer(code, JSON.stringify({errors: [{code: word}]}), headers);
  const kind = request.url.split('/')[2];
  if (request.url.startsWith('/token')) return answer(200, JSON.stringify({token: 'anonymous', expires_in: 60}));
  if (kind === 'limited') return refuse(429, 'TOOMANYREQUESTS');
  if (kind === 'broken') return refuse(400, 'UNSUPPORTED');
  if (kind === 'private') return refuse(401, 'UNAUTHORIZED', {'WWW-Authenticate': 'Basic realm="registry"'});
  if (kind === 'denied') {
    const error = request.headers.authorization ? ',error="insufficient_scope"' : '';
    const realm = `Bearer realm="http://${request.headers.host}/token",service="registry",scope="pull"${error}`;
    return refuse(401, 'UNAUTHORIZED', {'WWW-Authenticate': realm});
  }
  if (kind === 'foreign') {
    const type = 'application/vnd.docker.distribution.manifest.list.v2+json';
    const headers = {'Content-Type': type, 'Docker-Content-Digest': digest, 'Content-Length': manifests.length};
    return answer(200, manifests, headers);
  }
  return refuse(404, 'MANIFEST_UNKNOWN');
}).listen(5000);
"""
_SERVED = (
    named("registry", {**node(_REGISTRY), "readinessProbe": {"tcpSocket": {"port": 5000}, "periodSeconds": 1}}),
    service("registry", 5000, type="NodePort"),
)
_BACK_OFF = ("ImagePullBackOff",)


def _pulled(kind: str) -> Json:
    """Revision 2 of a Deployment, from a repository whose first part says how the registry answers."""
    return deployment({"image": f"localhost:{NODE_PORT}/{kind}/web:1"})


IMAGE: dict[str, Fault] = {
    "tag_missing": Fault(
        "image_tag_not_found",
        changed({"image": f"{APPLICATION}:v9.9.9"}),
        _BACK_OFF,
        good(),
        sure=0.97,
        rollback_helps=True,
    ),
    "image_name": Fault(
        "invalid_image_name",
        deployment({"image": "https://myregistry.io/web:1"}),
        ("InvalidImageName",),
        sure=0.95,
        rollback_helps="unknown",
    ),
    "image_never": Fault(
        "image_never_pull_absent",
        deployment({"image": "nowhere:1", "imagePullPolicy": "Never"}),
        ("ErrImageNeverPull",),
        sure=0.95,
    ),
    "registry_host": Fault(
        "registry_unreachable",
        changed({"image": "registry.example.invalid/web:1"}),
        ("Failed to pull",),
        good(),
        sure=0.9,
        rollback_helps=True,
    ),
    "registry_certificate": Fault(
        "registry_tls_untrusted", deployment({"image": f"{API_SERVER}/web:1"}), _BACK_OFF, QUIET, rollback_helps=True
    ),
    "registry_limit": Fault(
        "registry_rate_limited", _pulled("limited"), _BACK_OFF, QUIET, _SERVED, rollback_helps=False
    ),
    "registry_login": Fault("image_auth_failed", _pulled("private"), _BACK_OFF, None, _SERVED),
    "registry_denial": Fault("image_repo_denied_or_missing", _pulled("denied"), _BACK_OFF, QUIET, _SERVED),
    "image_platform": Fault(
        "image_platform_mismatch", _pulled("foreign"), _BACK_OFF, QUIET, _SERVED, sure=0.9, rollback_helps=True
    ),
    "registry_nonsense": Fault("image_pull_unknown", _pulled("broken"), _BACK_OFF, None, _SERVED, sure=0.5),
}
