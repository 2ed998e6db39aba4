"""Times of jobs in words."""

UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def lasted(seconds: float) -> str:
    """Say a time in its two largest units: "0.4 s", "12 s", "3 min 20 s", "2 d 4 h"."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    left = int(seconds)
    parts: list[str] = []
    for name, size in UNITS:
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number} {name}" if number else "")
    return " ".join(filter(None, parts[:2]))
