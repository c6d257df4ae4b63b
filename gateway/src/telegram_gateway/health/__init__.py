"""What `telegram-gateway check` says of how everything is."""
