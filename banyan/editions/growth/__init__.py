"""Watching whether edition, servers and modules still fit: figures of each day, and rules that make advice of them."""
