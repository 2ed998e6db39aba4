"""Dates and times as every page writes them: in order of size, one way, sortable by eye."""

DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y-m-d H:i"
