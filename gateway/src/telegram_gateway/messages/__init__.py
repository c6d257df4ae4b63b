"""Notices to groups, private messages, and what people write to the bot."""
