"""The desk beside the server: a control API over HTTP, and the phone page."""
