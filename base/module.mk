# Bits, buffers, errors, the log, events: what every folder uses.
MODULES += base
base.SOURCES := base/buffer.c base/byte_queue.c base/error.c base/event.c base/flat_tree.c base/guess.c base/hash.c \
                base/json.c base/log.c base/memory.c base/packet.c base/svg.c
