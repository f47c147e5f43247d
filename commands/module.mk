MODULES += commands
commands.SOURCES := commands/board.c commands/boards.c commands/command.c commands/completion.c \
                    commands/help.c commands/keys.c commands/manual.c commands/pack.c commands/progress.c \
                    commands/run.c
commands.TESTS   := commands/command_test.c
PROGRAMS += cairn
cairn.SOURCES := commands/main.c
