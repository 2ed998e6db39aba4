"""Templates ask whether a link of theirs would open to who reads it."""

from typing import Any

from django import template

from monitoring.leading import may_go

register = template.Library()


@register.simple_tag(takes_context=True)
def opens(context: Any, address: Any) -> bool:
    """Tell whether a page of the admin opens to the reader."""
    return may_go(context["request"], str(address))
