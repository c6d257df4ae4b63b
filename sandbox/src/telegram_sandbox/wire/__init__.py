"""The way of the bytes: transport, key exchange, session layer, connections."""
