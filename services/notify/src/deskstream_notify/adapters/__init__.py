"""Tables, the mail server and webhook receivers."""
