"""What browsers may load on a page, and where its forms may lead (CSP 3). Pure."""

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def header(policy: dict[str, str]) -> str:
    """Write a policy as the header's value."""
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def with_form_to(target: str) -> str:
    """Return the strict policy for a page whose form may be answered with a redirect to `target`.

    Chromium holds such redirects against form-action too, unlike other browsers.
    """
    return header({**STRICT, "form-action": f"'self' {target}"})
