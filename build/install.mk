# make install PREFIX=/usr DESTDIR=/tmp/stage

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
DATADIR ?= $(PREFIX)/share

BOARDS := $(wildcard boards/*.dts boards/*.dtsi boards/*.dtso)

# One library for users: the objects of all folders but commands.
$(OUT)/libcairn.a: $(ARCHIVES)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $(foreach m,$(filter-out commands tests,$(filter $(ORDER),$(MODULES))),$(call module_objects,$(m)))

$(OUT)/cairn.pc: build/cairn.pc.in Makefile FORCE
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	     -e 's|@VERSION@|$(VERSION)|' $< >$@

install: $(OUT)/cairn $(OUT)/libcairn.a $(OUT)/cairn.pc \
         $(MAN_PAGES)/cairn.1 $(COMPLETION)/cairn
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
	    $(DESTDIR)$(PREFIX)/include/cairn $(DESTDIR)$(DATADIR)/man/man1 \
	    $(DESTDIR)$(DATADIR)/man/man5 $(DESTDIR)$(DATADIR)/cairn/boards \
	    $(DESTDIR)$(DATADIR)/bash-completion/completions \
	    $(DESTDIR)$(DATADIR)/zsh/site-functions
	install -m 755 $(OUT)/cairn $(DESTDIR)$(BINDIR)/cairn
	install -m 644 $(OUT)/libcairn.a $(DESTDIR)$(LIBDIR)/
	install -m 644 $(OUT)/cairn.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	install -m 644 include/cairn/*.h $(DESTDIR)$(PREFIX)/include/cairn/
	install -m 644 $(MAN_PAGES)/*.1 $(DESTDIR)$(DATADIR)/man/man1/
	for page in $(MAN_PAGES)/*.5; do \
	    [ ! -e "$$page" ] || install -m 644 "$$page" $(DESTDIR)$(DATADIR)/man/man5/; done
	install -m 644 $(COMPLETION)/cairn $(DESTDIR)$(DATADIR)/bash-completion/completions/
	install -m 644 $(COMPLETION)/_cairn $(DESTDIR)$(DATADIR)/zsh/site-functions/
	$(if $(BOARDS),install -m 644 $(BOARDS) $(DESTDIR)$(DATADIR)/cairn/boards/)

.PHONY: install
