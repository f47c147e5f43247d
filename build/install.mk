# make install PREFIX=/usr DESTDIR=/tmp/stage

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
DATADIR ?= $(PREFIX)/share

BOARDS := $(wildcard boards/*.dts boards/*.dtsi boards/*.dtso)

# One library for users, shared and static, from the same object: what the public
# calls need of all folders, with nothing global but the symbols of library.map.
# SOVERSION counts the incompatible changes of that list or of the headers.
SOVERSION := 0
SONAME    := libcairn.so.$(SOVERSION)

$(OUT)/library.symbols: build/library.map
	@mkdir -p $(@D)
	@sed -n 's/^ *\(cairn_[a-z0-9_]*\);.*/\1/p' $< >$@

$(OUT)/library.o: $(ARCHIVES) $(OUT)/library.symbols
	$(call say,LD,$@)
	$(Q)$(CC) -r -nostdlib $(call module_objects,platform) \
	    -Wl,--start-group $(ARCHIVES) -Wl,--end-group -o $@
	$(Q)$(OBJCOPY) --keep-global-symbols=$(OUT)/library.symbols $@

$(OUT)/libcairn.a: $(OUT)/library.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $<

$(OUT)/$(SONAME): $(OUT)/library.o build/library.map
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,$(SONAME) -Wl,-z,defs \
	    -Wl,--version-script,build/library.map $< $(LIBRARY_LDLIBS) -o $@

library: $(OUT)/libcairn.a $(OUT)/$(SONAME)

$(OUT)/cairn.pc: build/cairn.pc.in Makefile FORCE
	@sed -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)%=$${prefix}%)|' \
	     -e "s|@UP@|$$(realpath -m --relative-to=$(LIBDIR)/pkgconfig $(PREFIX))|" \
	     -e 's|@VERSION@|$(VERSION)|' $< >$@

install: $(OUT)/cairn library $(OUT)/cairn.pc \
         $(MAN_PAGES)/cairn.1 $(COMPLETION)/cairn $(REGISTER_PAGES)/README.md
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
	    $(DESTDIR)$(PREFIX)/include/cairn $(DESTDIR)$(DATADIR)/man/man1 \
	    $(DESTDIR)$(DATADIR)/man/man5 $(DESTDIR)$(DATADIR)/man/man7 \
	    $(DESTDIR)$(DATADIR)/cairn/boards \
	    $(DESTDIR)$(DATADIR)/cairn/guest-linux \
	    $(DESTDIR)$(DATADIR)/bash-completion/completions \
	    $(DESTDIR)$(DATADIR)/doc/cairn/registers \
	    $(DESTDIR)$(DATADIR)/zsh/site-functions
	install -m 755 $(OUT)/cairn $(DESTDIR)$(BINDIR)/cairn
	install -m 644 $(OUT)/libcairn.a $(DESTDIR)$(LIBDIR)/
	install -m 755 $(OUT)/$(SONAME) $(DESTDIR)$(LIBDIR)/$(SONAME).$(VERSION)
	ln -sf $(SONAME).$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libcairn.so
	install -m 644 $(OUT)/cairn.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	install -m 644 include/cairn/*.h $(DESTDIR)$(PREFIX)/include/cairn/
	install -m 644 $(MAN_PAGES)/*.1 $(DESTDIR)$(DATADIR)/man/man1/
	for page in $(MAN_PAGES)/*.[57]; do \
	    [ ! -e "$$page" ] || install -m 644 "$$page" $(DESTDIR)$(DATADIR)/man/man$${page##*.}/; done
	install -m 644 $(COMPLETION)/cairn $(DESTDIR)$(DATADIR)/bash-completion/completions/
	install -m 644 $(COMPLETION)/_cairn $(DESTDIR)$(DATADIR)/zsh/site-functions/
	install -m 755 guest/linux/guest-linux guest/linux/init $(DESTDIR)$(DATADIR)/cairn/guest-linux/
	install -m 644 guest/linux/*.sh $(DESTDIR)$(DATADIR)/cairn/guest-linux/
	install -m 644 $(REGISTER_PAGES)/*.md $(DESTDIR)$(DATADIR)/doc/cairn/registers/
	$(if $(BOARDS),install -m 644 $(BOARDS) $(DESTDIR)$(DATADIR)/cairn/boards/)

# The release as an archive, and as Debian packages that lintian accepts: of the
# commit that is checked out.
ARCHIVE := build/out/cairn-$(VERSION).tar.xz

dist:
	@mkdir -p $(dir $(ARCHIVE))
	@git archive --prefix=cairn-$(VERSION)/ HEAD | xz -6 -T0 >$(ARCHIVE)
	@echo "$(ARCHIVE)"

deb: dist
	@build/make-deb $(ARCHIVE) $(VERSION) $(DATE)

.PHONY: install library dist deb
