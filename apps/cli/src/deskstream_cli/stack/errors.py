"""The error of the local stack."""


class StackError(Exception):
    """The stack could not do what was asked; the message says what to do or which log to read."""
