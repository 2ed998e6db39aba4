"""Permissions as the person's page offers them: those that mean something, in words.

The models of rooms above this one are named as text: this room does not know them.
"""

VERBS = {"view": "See", "add": "Add", "change": "Change", "delete": "Delete"}
AREAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "servers.server": ("servers", ("view", "add", "change", "delete")),
    "servers.accessrule": ("access rules", ("view", "add", "change", "delete")),
    "servers.accessrequest": ("requests for access", ("view", "change")),
    "servers.allowedorigin": ("origins", ("view", "add", "delete")),
    "servers.endedsession": ("ended sessions", ("view",)),
    "servers.job": ("jobs", ("view", "change", "delete")),
    "servers.sseclient": ("clients on HTTP+SSE", ("view",)),
    "servers.stop": ("stops", ("view", "add", "delete")),
    "catalog.source": ("sources", ("view", "change", "delete")),
    "catalog.entry": ("tools, resources, prompts", ("view", "change")),
    "catalog.tag": ("tags", ("view", "add", "change", "delete")),
    "accounts.user": ("people", ("view", "add", "change", "delete")),
    "accounts.team": ("teams", ("view", "add", "change", "delete")),
    "accounts.oauthclient": ("clients", ("view", "add", "change", "delete")),
    "accounts.clientpolicy": ("how clients become known", ("view", "change")),
    "accounts.consent": ("connections", ("view", "delete")),
    "accounts.issuedtoken": ("tokens", ("view", "add", "delete")),
    "accounts.connectionattempt": ("attempts to connect", ("view", "delete")),
    "monitoring.rollup": ("how much is used", ("view",)),
    "monitoring.trailcheck": ("verifications", ("view", "add")),
    "monitoring.redactedname": ("masked names", ("view", "add", "delete")),
    "monitoring.callcontent": ("recorded calls", ("view",)),
    "monitoring.banner": ("the banner", ("view", "add", "change", "delete")),
    "monitoring.auditevent": ("the audit trail", ("view",)),
    "monitoring.auditperson": ("names in the trail", ("view", "delete")),
    "monitoring.auditseal": ("seals", ("view",)),
}


def _name(model: str, verb: str) -> str:
    app, _, name = model.partition(".")
    return f"{app}.{verb}_{name}"


OTHERS = (("accounts.view_as", "Use the playground as another person"),)
"""What is no verb on a kind of row."""
CHOICES = (
    *(
        (_name(model, verb), f"{VERBS[verb]} {words}")
        for model, (words, verbs) in AREAS.items()
        for verb in verbs
    ),
    *OTHERS,
)
OFFERED = frozenset(name for name, _ in CHOICES)
