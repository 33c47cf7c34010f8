"""The laptop's outside world: keeps the mails and webhooks that Deskstream sends."""
