"""Measures Deskstream beside its raw parts, in one run. `python -m bench` or `make bench`."""
