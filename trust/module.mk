# Formats of the chain of trust, and their tests.
MODULES += trust
