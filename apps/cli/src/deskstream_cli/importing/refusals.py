"""Why a whole file is not imported."""


class FileRefused(Exception):
    """Nothing was sent; the message says what is wrong, on which line, and what to do."""
