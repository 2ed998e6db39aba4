"""What differs between two definitions, field by field and in words that a curator can judge. Pure."""

from catalog.differences.cautions import Caution
from catalog.differences.compare import Difference, compare

__all__ = ["Caution", "Difference", "compare"]
