# Bits, buffers, errors, the log, events: what every folder uses.
MODULES += base
