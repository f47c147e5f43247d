# Address spaces, registers as tables, lines and the clock.
MODULES += bus
