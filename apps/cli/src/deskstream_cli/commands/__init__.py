"""One module a command; `deskstream_cli.main` names them."""
