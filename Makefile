# warren. `sudo make demo` shows it, `sudo make check` tests it; the rest is listed by `make help`.
VERSION   := 0.1.0
O         ?= build
PREFIX    ?= /usr/local
LIBEXEC   := $(PREFIX)/libexec/warren
CC        := gcc
Q         := $(if $(V),,@)
say        = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wconversion -Werror
HARD := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -Wl,-z,relro,-z,now
# SAN=address,undefined builds everything with clang's sanitizers
ifneq ($(SAN),)
CC   := clang
HARD := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DLIBEXEC='"$(LIBEXEC)"'
CFLAGS   += -std=gnu11 -g -O2 $(WARN) $(HARD)
PKG      := pkg-config
FUSE     := $(shell $(PKG) --cflags --libs fuse3 2>/dev/null)

BASE    := $(wildcard base/*.c)
DAEMON  := warren.c root.c $(wildcard fs/*.c rctl/*.c zone/*.c vm/*.c)
HELPER  := $(wildcard mount-helper/*.c)
MONITOR := $(wildcard zone/monitor/*.c)
INIT    := $(wildcard zone/init/*.c)
obj      = $(patsubst %.c,$(O)/obj/%.o,$(1))

PROGRAMS := $(O)/warren $(O)/mount.warren $(O)/warren-monitor $(O)/warren-init

all: $(PROGRAMS) guests

# libevent is the daemon's alone: the helper and what runs in zones carry no loop of its
PLAIN := $(filter-out base/loop.c base/writer.c,$(BASE))
$(O)/warren: $(call obj,$(DAEMON) $(BASE))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -pie -o $@ $^ -lfuse3 -levent_core
$(O)/mount.warren: $(call obj,$(HELPER) $(PLAIN))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -pie -o $@ $^ -lcap
# These two run where no library can be relied upon: in a zone's root, and for as long as a zone lives
STATIC := $(if $(SAN),,-static)
$(O)/warren-monitor: $(call obj,$(MONITOR) $(PLAIN))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(STATIC) -o $@ $^ -ljansson
$(O)/warren-init: $(call obj,$(INIT) $(PLAIN))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(STATIC) -o $@ $^

$(O)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIE -I/usr/include/fuse3 -MMD -MP -c -o $@ $<
-include $(patsubst %.o,%.d,$(call obj,$(BASE) $(DAEMON) $(HELPER) $(MONITOR) $(INIT)))

.PHONY: all guests
guests:
