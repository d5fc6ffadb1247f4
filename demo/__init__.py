"""The demo: a small api-server on a real cluster, what can go wrong with it, and the way back."""
