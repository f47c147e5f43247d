# One file or more for each chip, and their tests.
MODULES += devices
