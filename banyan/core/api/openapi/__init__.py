"""The interface's own description: an OpenAPI 3.1 document made from specifications and routes."""
