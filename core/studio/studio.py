"""Placeholder."""


class Studio: ...
