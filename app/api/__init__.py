"""The public endpoints, for programs: over HTTP with gradio_client, and as tools of a Model Context Protocol server."""
