"""Who must look at a ticket now, by when, and whether a draft may go out alone."""
