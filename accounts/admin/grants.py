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
    "monitoring.auditevent": ("the audit trail", ("view",)),
    "monitoring.auditperson": ("names in the trail", ("view", "delete")),
    "monitoring.auditseal": ("seals", ("view",)),
}


def _name(model: str, verb: str) -> str:
    app, _, name = model.partition(".")
    return f"{app}.{verb}_{name}"


CHOICES = tuple(
    (_name(model, verb), f"{VERBS[verb]} {words}")
    for model, (words, verbs) in AREAS.items()
    for verb in verbs
)
OFFERED = frozenset(name for name, _ in CHOICES)
