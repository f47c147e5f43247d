# The host's side of devices: characters and blocks.
MODULES += backends
backends.SOURCES := backends/block.c backends/block_file.c backends/character.c backends/file.c \
                    backends/loopback.c backends/pty.c backends/socket.c \
                    backends/stdio.c backends/stream.c
backends.TESTS   := backends/block_test.c backends/character_test.c
