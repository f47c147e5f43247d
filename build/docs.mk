# docs/registers: one page per device, printed from its register tables. The
# pages are committed; `make check` compares them with what the tables say.

REGISTER_PAGES := $(OUT)/registers

docs: $(OUT)/build/document-registers
	$(call say,DOCS,docs/registers)
	@mkdir -p docs/registers
	$(Q)$(OUT)/build/document-registers docs/registers

.PHONY: docs
