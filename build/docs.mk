# One page per device, printed from its register tables, into $(OUT)/registers;
# `make install` installs them. The page of limits is committed, so that it is
# read without a build; build/check-registers compares it with the tables.

REGISTER_PAGES := $(OUT)/registers

$(REGISTER_PAGES)/README.md: $(OUT)/build/document-registers
	$(call say,DOCS,$(@D))
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)$< $(@D)

docs: $(REGISTER_PAGES)/README.md
	$(Q)cp $(REGISTER_PAGES)/limits.md docs/limits.md
	@echo $(REGISTER_PAGES)

.PHONY: docs
