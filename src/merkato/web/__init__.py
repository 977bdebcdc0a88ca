"""Pages for people, and what programs ask of the server itself: documentation, problems, health."""
