"""What is answered to a request that is not served."""

from __future__ import annotations


class RequestError(Exception):
    """A request that is answered with an error; the message is all that its sender learns.

    Args:
        status: The HTTP status.
        message: What `{"error": ...}` says: the rule and what was received, never a path of the server or a traceback.
    """

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status
        self.message = message


def bad_request(message: str) -> RequestError:
    """TensorFlow's INVALID_ARGUMENT."""
    return RequestError(400, message)
