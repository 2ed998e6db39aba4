"""How much the hub is used: counted on the loop, rolled up by the minute, read by lists and charts."""

from .minutes import Minute, Minutes, Subject, Sums
from .quantiles import quantile_us
from .writing import compact, write

__all__ = ["Minute", "Minutes", "Subject", "Sums", "compact", "quantile_us", "write"]
