"""What OAuth's endpoints answer to programs: JSON that nobody keeps."""

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse


def answer(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """Return JSON that neither browsers nor proxies keep (RFC 6749 section 5.1)."""
    unkept = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return JsonResponse(dict(content), status=status, headers={**unkept, **(headers or {})})


def refusal(
    error: str, sentence: str, status: int = 400, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """Return an error by the code its RFC names, and a sentence for people."""
    return answer({"error": error, "error_description": sentence}, status, headers)
