"""What is true in this Telegram: people, groups, messages, calls, and the log of their changes."""
