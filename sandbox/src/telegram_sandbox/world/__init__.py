"""The state of this Telegram: people, groups, messages, calls, and the log of their changes."""
