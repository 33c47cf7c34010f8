"""Questions about the rules and service levels over HTTP. Nothing here changes anything."""
