# docs/registers: one page per device, printed from its register tables. The
# pages are committed; build/check-registers compares them with the tables.

docs: $(OUT)/build/document-registers
	$(call say,DOCS,docs/registers)
	@mkdir -p docs/registers
	$(Q)$(OUT)/build/document-registers docs/registers

.PHONY: docs
