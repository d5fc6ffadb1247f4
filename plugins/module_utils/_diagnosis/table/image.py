# Copyright (c) 2026, rescue.kubernetes contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of causes: images that cannot be pulled.

Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.cause import VAGUE, Cause
from ansible_collections.rescue.kubernetes.plugins.module_utils._diagnosis.model import ChangeKind

_IMAGE: frozenset[ChangeKind] = frozenset({"image"})

IMAGE = (
    Cause(
        "image",
        "image_tag_not_found",
        "The registry answers, and has the repository or its name space, but not this tag or digest.",
        "ErrImagePull or ImagePullBackOff with `not found`, `manifest unknown`",
        "Image {image} does not exist in the registry.",
        (("fix_image", "Push the missing tag, or name one that exists."),),
        terminal=True,
        decisive=_IMAGE,
    ),
    Cause(
        "image",
        "image_repo_denied_or_missing",
        "The registry says the same for a repository that does not exist and for one that needs a login.",
        "`pull access denied`, `insufficient_scope`, `requested access to the resource is denied`, `name unknown`",
        "Image {image} cannot be pulled: its repository does not exist, or needs a login that is missing.",
        (("fix_image", "Check the repository's name, and the imagePullSecrets of the pod and its ServiceAccount."),),
        plausible=frozenset({"image", "other"}),
        note="where this revision names another repository, that explains it",
    ),
    Cause(
        "image",
        "image_auth_failed",
        "The registry refuses the credentials, or wants some.",
        "`401 Unauthorized`, `403 Forbidden`, `authentication required`, `no basic auth credentials`",
        "The registry refuses the login for image {image}.",
        (("fix_credentials", "Renew the pull secret that the pod or its ServiceAccount names."),),
        plausible=frozenset({"image", "other"}),
    ),
    Cause(
        "image",
        "registry_unreachable",
        "The registry's host is not found, or does not answer.",
        "`no such host`, `i/o timeout`, `connection refused`, `TLS handshake timeout` while pulling",
        "The registry of image {image} cannot be reached from the node.",
        (("wait", "Wait for the registry, or use one that can be reached."),),
        note="it helps where this revision pulls from another registry",
    ),
    Cause(
        "image",
        "registry_tls_untrusted",
        "The node does not trust the registry's certificate.",
        "`x509:` or `tls: failed to verify certificate` while pulling",
        "The node does not trust the certificate of the registry of image {image}.",
        (("fix_registry", "Make the node's container runtime trust the registry's certificate authority."),),
        note="it helps where this revision pulls from another registry",
    ),
    Cause(
        "image",
        "registry_rate_limited",
        "The registry limits how often this network may pull.",
        "`toomanyrequests`, `429 Too Many Requests`",
        "The registry limits pulls of image {image}: too many requests.",
        (("wait", "Wait until the limit has passed, log in to the registry, or use a mirror."),),
    ),
    Cause(
        "image",
        "invalid_image_name",
        "The image's name is not one that a registry could have.",
        "InvalidImageName, `couldn't parse image name`, `invalid reference format`",
        "{image} is not a valid image name.",
        (("fix_image", "Correct the image's name: no scheme, lower case, one tag."),),
        terminal=True,
        decisive=_IMAGE,
    ),
    Cause(
        "image",
        "image_never_pull_absent",
        "The pull policy forbids pulling, and the node does not have the image.",
        "ErrImageNeverPull, `is not present with pull policy of Never`",
        "Image {image} is not on the node, and imagePullPolicy Never forbids pulling it.",
        (("patch_workload", "Set imagePullPolicy to IfNotPresent, or load the image onto the nodes."),),
        decisive=frozenset({"image", "other"}),
    ),
    Cause(
        "image",
        "image_platform_mismatch",
        "The image is not built for the node's processor.",
        "`no match for platform in manifest`, `no matching manifest for`, `no image found in manifest list`",
        "Image {image} is not built for this node's platform.",
        (("fix_image", "Build the image for the nodes' platform, or select nodes that fit."),),
        terminal=True,
        decisive=_IMAGE,
    ),
    Cause(
        "image",
        "image_signature_invalid",
        "The runtime's policy rejects the image's signature.",
        "SignatureValidationFailed, `signature validation failed`",
        "The signature of image {image} is not valid on this node.",
        (("fix_image", "Sign the image, or correct the node's signature policy."),),
        decisive=_IMAGE,
    ),
    Cause(
        "image",
        "image_pull_unknown",
        "The image cannot be pulled, and nobody recorded why.",
        "ImagePullBackOff or ErrImagePull without a message that says why",
        "Image {image} cannot be pulled; the reason is no longer recorded.",
        (("inspect", "Pull the image by hand on the node to see the reason."),),
        depth=VAGUE,
        plausible=_IMAGE,
    ),
)
