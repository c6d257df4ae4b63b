"""The edge to Telegram: TL objects become values of the core here, and steps become calls."""
