MODULES += host
host.SOURCES := host/file.c host/folder.c host/memory.c host/process.c host/socket.c host/time.c
host.TESTS   := host/file_test.c host/folder_test.c host/memory_test.c \
                host/process_test.c host/socket_test.c host/time_test.c
