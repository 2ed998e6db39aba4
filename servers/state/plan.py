"""What a file says against what stands: the steps between them, in the order they can be done.

A reference to what exists neither in the database nor in the file is refused here, with its line.
"""

from servers.state.access import plan_origin, plan_rules
from servers.state.curating import plan_words
from servers.state.desired import Desired
from servers.state.known import Known
from servers.state.people import plan_team, plan_user
from servers.state.publishing import plan_server
from servers.state.steps import Step
from servers.state.trust import plan_trust


def plan(desired: Desired) -> list[Step]:
    """Return the steps; none when all stands as the file says. Raises StateRefused."""
    known = Known(desired)
    steps: list[Step] = []
    for user in desired.users:
        steps.extend(plan_user(user, known))
    for team in desired.teams:
        steps.extend(plan_team(team, known))
    for source in desired.sources:
        steps.extend(plan_trust(source, known))
    for words in desired.entries:
        steps.extend(plan_words(words, known))
    for server in desired.servers:
        steps.extend(plan_server(server, known))
        steps.extend(plan_rules(server, known))
    for origin in desired.origins:
        steps.extend(plan_origin(origin, known))
    return steps
