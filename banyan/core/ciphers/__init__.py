"""Pure cryptography: cipher suites, sealed values and streams, and the master keys of the installation."""
