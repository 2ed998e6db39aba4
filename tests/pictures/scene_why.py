"""Rules of the scene that say something about teams: an exception, and what only some may use."""

from accounts.models import Team
from servers.models import Server
from tests import make


def made(servers: dict[str, Server]) -> None:
    """Make them."""
    interns, finance = make.team("Interns"), make.team("Finance")
    make.rule(servers["warehouse"], effect="deny", pattern="delete_*", note="Ask Logistics")
    make.rule(servers["warehouse"], effect="deny", team=interns)
    make.rule(servers["a-weather"], team=finance, pattern="current_*")
    make.rule(servers["invoices"], team=finance)
    make.rule(servers["invoices"], team=Team.objects.get(name="Logistics"), pattern="search")
