"""How a service's process looks after its memory."""

import gc

_COLLECT_AFTER_OBJECTS = 20_000


def tune_garbage_collection() -> None:
    """What was loaded stays for good, so the garbage collector need not look at it again.

    Batches make many short-lived objects that reference counting frees by itself: looking for
    cycles after every 700 of them, as Python does by default, finds nothing. It took a third of
    the processor time of ingest under load (`python -m bench accept`), and as much of the loop's
    (`python -m bench.runtime_loop`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 50)
