# The program, and the files that are made by running it.
#
# cairn carries what `cairn run` boots when told nothing: our own ROM, and a
# bundle that cairn-bare (the same program without them) packed and signed with
# the development keys.

MAN_PAGES  := $(OUT)/man
COMPLETION := $(OUT)/completion

all: $(if $(filter release,$(BUILD)),build/cairn) $(OUT)/cairn

build/cairn: build/out/release/cairn
	@ln -f $< $@ 2>/dev/null || cp $< $@

$(MAN_PAGES)/cairn.1: $(OUT)/cairn $(wildcard docs/man/*)
	$(call say,MAN,$(MAN_PAGES))
	@mkdir -p $(MAN_PAGES)
	$(Q)$(OUT)/cairn help --man-pages $(MAN_PAGES)
	$(Q)$(if $(wildcard docs/man/*.[1-9]),cp $(wildcard docs/man/*.[1-9]) $(MAN_PAGES)/)

$(COMPLETION)/cairn: $(OUT)/cairn
	$(call say,GEN,$@)
	@mkdir -p $(COMPLETION)
	$(Q)$(OUT)/cairn help --completion bash >$@
	$(Q)$(OUT)/cairn help --completion zsh >$(COMPLETION)/_cairn
