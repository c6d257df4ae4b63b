"""The report of `telegram-gateway check`."""
