"""`python -m deskstream_cli` is `desk`."""

from deskstream_cli.main import main

if __name__ == "__main__":
    main()
