"""Deskstream's delivery runtime: facts in, one transaction, facts out. It knows no event."""
