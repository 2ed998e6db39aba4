"""How clients become known: what admins decide, and what they may write."""

from django.db import transaction

from accounts import permissions
from accounts.errors import InvalidFields
from accounts.https_url import is_host
from accounts.models import ClientPolicy, User
from accounts.oauth.redirects import LOOPBACK, host_of, is_private_scheme
from accounts.permissions import Permission
from accounts.selectors import client_policy
from accounts.services.checking import check_fields
from accounts.services.recording import record

MOST_HOSTS = 200


@transaction.atomic
def set_client_policy(
    *, actor: User | None, registration: str, redirect_hosts: str, client_documents: bool
) -> ClientPolicy:
    """Decide how clients become known from now on; those that are known stay.

    Raises NotAllowed, InvalidFields.
    """
    permissions.require(actor, Permission.CHANGE_CLIENT_POLICY)
    ClientPolicy.objects.get_or_create(pk=1)
    ClientPolicy.objects.select_for_update().get(pk=1)
    policy = client_policy()
    before = _facts(policy)
    policy.registration, policy.client_documents = registration, client_documents
    policy.redirect_hosts = "\n".join(_hosts(redirect_hosts))
    _check(policy)
    if _facts(policy) != before:
        policy.save()
        record(actor, "client.policy", before=before, after=_facts(policy))
    return policy


def _check(policy: ClientPolicy) -> None:
    """Raise InvalidFields for a policy that says nothing."""
    if policy.registration == ClientPolicy.Registration.HOSTS and not policy.hosts:
        raise InvalidFields("Name at least one host, or choose another way.")
    if len(policy.hosts) > MOST_HOSTS:
        raise InvalidFields(f"At most {MOST_HOSTS} hosts are listed.")
    check_fields(policy)


def _hosts(text: str) -> list[str]:
    """Return the hosts in a text, each once; of a whole address its host. Raises InvalidFields."""
    found = [_host(word) for word in text.split()]
    return list(dict.fromkeys(found))


def _host(word: str) -> str:
    """Return a host as redirect addresses are compared with it."""
    host = host_of(word) if "://" in word else word.lower()
    if host in LOOPBACK or (host and is_host(host)):
        return host
    if host.endswith(":") and is_private_scheme(host[:-1]):
        return host
    raise InvalidFields(f"{word[:80]!r} is no host. Write names such as claude.ai, one a line.")


def _facts(policy: ClientPolicy) -> dict[str, object]:
    """Return what the audit trail keeps of the policy."""
    return {
        "name": str(policy),
        "registration": policy.registration,
        "redirect_hosts": policy.redirect_hosts.split(),
        "client_documents": policy.client_documents,
    }
