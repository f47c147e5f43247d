# Bits, buffers, errors, the log, events: what every folder uses.
MODULES += base
base.SOURCES := base/buffer.c base/byte_queue.c base/error.c base/event.c base/flat_tree.c base/guess.c base/hash.c \
                base/json.c base/log.c base/memory.c base/packet.c base/svg.c
base.TESTS   := base/bits_test.c base/buffer_test.c base/byte_queue_test.c base/error_test.c \
                base/event_test.c base/flat_tree_test.c base/hash_test.c base/json_test.c \
                base/log_test.c base/memory_test.c \
                base/packet_test.c base/svg_test.c base/text_test.c
base.FUZZERS := base/packet_fuzz.c
