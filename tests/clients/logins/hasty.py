"""The hub's own settings, with access tokens that live for seconds: clients refresh while a test runs."""

from mcphub.settings import *  # noqa: F403
from mcphub.settings import OAUTH2_PROVIDER as PROVIDER

LIFE = 5
OAUTH2_PROVIDER = {**PROVIDER, "ACCESS_TOKEN_EXPIRE_SECONDS": LIFE}
