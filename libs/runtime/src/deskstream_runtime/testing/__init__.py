"""What tests of services share. Needs the extra `testing`."""
