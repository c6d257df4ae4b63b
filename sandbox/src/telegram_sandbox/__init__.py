"""A Telegram server on loopback that speaks MTProto to an unmodified client."""
