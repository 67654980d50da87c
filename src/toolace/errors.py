"""The one exception that users see: a single line that names the fix."""


class ToolaceError(Exception):
    """Bad input or a missing prerequisite. The message says what is wrong, where, and what to do."""


class RefusedError(ToolaceError):
    """An endpoint says that the request itself is wrong (HTTP 4xx), such as too long."""
