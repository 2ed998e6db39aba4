"""`manage.py check --deploy`: what must not be weak on a network, each a row of a table.

Django and django-oauth-toolkit warn of some of it; here it fails. What is asked is what the code goes
by: the settings as it reads them.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from mcphub.checks.demand import Demand
from mcphub.checks.hub import HUB
from mcphub.checks.oauth import OAUTH

DEMANDS: Sequence[Demand] = (*OAUTH, *HUB)


@register(Tags.security, deploy=True)
def check_hub(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each demand that does not hold."""
    return [
        Error(
            f"{demand.setting} is weak: {demand.why}.", hint=demand.hint, id=f"mcphub.{demand.id}"
        )
        for demand in DEMANDS
        if not demand.holds()
    ]
