"""Whether an exposed name fits a rule's pattern, in which only `*` means something."""


def matches(pattern: str, name: str) -> bool:
    """Tell whether the name fits, upper and lower case told apart.

    Every part between stars is sought from the left, once: the time is bounded by the two lengths
    multiplied, where a regular expression with many stars would explode.
    """
    head, *rest = pattern.split("*")
    if not rest:
        return name == head
    *middle, tail = rest
    if len(name) < len(head) + len(tail) or not (name.startswith(head) and name.endswith(tail)):
        return False
    position, end = len(head), len(name) - len(tail)
    for part in middle:
        found = name.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
