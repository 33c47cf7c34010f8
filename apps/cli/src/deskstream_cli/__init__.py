"""The command `desk`: one module a command, the local stack, and the catcher of what it sends."""
