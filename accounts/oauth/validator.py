"""What django-oauth-toolkit's engine asks about clients, codes and tokens."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.models import get_grant_model
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.settings import oauth2_settings


class Validator(OAuth2Validator):  # type: ignore[misc]
    """django-oauth-toolkit's validator; a code is kept as its SHA-256 alone, bound to its server."""

    def _create_authorization_code(
        self, request: Any, code: dict[str, str], expires: datetime | None = None
    ) -> Any:
        """Keep a code."""
        lifetime = timedelta(seconds=oauth2_settings.AUTHORIZATION_CODE_EXPIRE_SECONDS)
        return get_grant_model().objects.create(
            application=request.client,
            user=request.user,
            code=hashlib.sha256(code["code"].encode()).hexdigest(),
            expires=expires or timezone.now() + lifetime,
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
            resource=request.resource,
        )
