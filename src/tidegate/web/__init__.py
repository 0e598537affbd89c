"""What the API and the console share: who asks, what is refused and how, limits, uploads, headers, and the application itself."""
