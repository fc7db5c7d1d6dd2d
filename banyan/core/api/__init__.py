"""The REST interface, made from the object specifications."""
