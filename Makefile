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
SAN_BEGIN = rm -rf $(O)/san && mkdir -m 1777 $(O)/san
SAN_END = ! cat $(O)/san/* 2>/dev/null
# their runtimes make calls of their own, and read and write the host's files (base/confine.h)
CPPFLAGS += -DUNCONFINED
$(O)/obj/base/err.o: CPPFLAGS += -include tests/san.h -DSAN_REPORTS='"$(abspath $(O))/san"'
endif
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
CFLAGS   += -std=gnu11 -g -O2 $(WARN) $(HARD)
PKG      := pkg-config

BASE    := $(wildcard base/*.c)
DAEMON  := warren.c confine.c session.c $(foreach d,fs host rctl images zone zone/exec zone/net zone/hostmount zone/snapshot vm vm/kvm vm/nvram tree,$(wildcard $d/*.c))
HELPER  := $(wildcard mount-helper/*.c mount-helper/*/*.c)
MONITOR := $(wildcard monitor/*.c monitor/*/*.c)
INIT    := $(wildcard init/*.c)
IMPORT  := $(wildcard import/*.c)
obj      = $(patsubst %.c,$(O)/obj/%.o,$(1))

PROGRAMS := $(O)/warren $(O)/mount.warren $(O)/warren-monitor $(O)/warren-init $(O)/warren-import

all: $(PROGRAMS) guests ## build the programs, into O

# libevent is the daemon's alone, jansson its and the monitor's: the helper and what runs in zones carry neither
PLAIN := $(filter-out base/asks.c base/json.c base/loop.c base/writer.c,$(BASE))
$(O)/warren: $(call obj,$(DAEMON) $(BASE))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -pie -o $@ $^ -lfuse3 -levent_core -ljansson -lm
$(O)/mount.warren: $(call obj,$(HELPER) $(PLAIN))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -pie -o $@ $^ -lcap -lseccomp -lmnl -lnettle
$(O)/warren-import: $(call obj,$(IMPORT) $(PLAIN))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -pie -o $@ $^ -larchive -lexpat -ljansson -lnettle -lcap
# These two run where no library can be relied upon: in a zone's root, and for as long as a zone lives
STATIC := $(if $(SAN),,-static)
$(O)/warren-monitor: $(call obj,$(MONITOR) $(PLAIN) base/json.c)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(STATIC) -o $@ $^ -ljansson
# A zone's first program starts with every boot, and musl's start is five times as quick as glibc's
MUSL := musl-gcc
ifeq ($(SAN),)
$(O)/warren-init: $(patsubst %.c,$(O)/musl/%.o,$(INIT) base/buf.c base/err.c base/etcfile.c base/fd.c base/hosts.c base/mem.c base/resolv.c base/rlimits.c base/signals.c base/word.c)
	$(call say,LINK,$@)
	$(Q)$(MUSL) -O2 -static -s -o $@ $^
$(O)/musl/%.o: %.c
	$(call say,MUSL,$<)
	@mkdir -p $(@D)
	$(Q)$(MUSL) $(CPPFLAGS) -std=gnu11 -g -O2 $(WARN) -fno-stack-protector -MMD -MP -c -o $@ $<
-include $(patsubst %.c,$(O)/musl/%.d,$(INIT) $(BASE))
else
$(O)/warren-init: $(call obj,$(INIT) $(PLAIN))
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^
endif

$(O)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIE -isystem /usr/include/fuse3 -MMD -MP -c -o $@ $<
-include $(patsubst %.o,%.d,$(call obj,$(BASE) $(DAEMON) $(HELPER) $(MONITOR) $(INIT) $(IMPORT)))

# ---- tests ----

# Guests of our own for the tests: 32-bit, without a library
GUESTS := $(patsubst tests/guests/%.S,$(O)/guests/%,$(wildcard tests/guests/*.S))
guests: $(GUESTS)
$(O)/guests/%: tests/guests/%.S tests/guests/%.ld
	$(call say,GUEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -nostdlib -static -Wl,--build-id=none -Wl,-T,$(word 2,$^) -o $@ $<

# What behaviour tests look at single system calls with; a QEMU that misbehaves; one that tries what it may not
TRY := $(O)/tests/try $(O)/tests/fakeqemu $(O)/tests/qemucalls
$(TRY): $(O)/tests/%: tests/%.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(STATIC) -o $@ $<

# A unit test is one program; it takes what it needs from these.
$(O)/libwarren.a: $(call obj,$(filter-out warren.c,$(DAEMON)) $(BASE))
	$(Q)rm -f $@ && ar qcs $@ $^
$(O)/libhelper.a: $(call obj,$(filter-out mount-helper/main.c,$(HELPER)))
	$(Q)rm -f $@ && ar qcs $@ $^
UNITS := $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*_test.c))
$(O)/tests/unit/%: $(O)/obj/tests/unit/%.o $(O)/libwarren.a $(O)/libhelper.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pie -o $@ $< $(O)/libhelper.a $(O)/libwarren.a $(shell $(PKG) --libs check) \
		-lfuse3 -levent_core -ljansson -lcap -lseccomp -lmnl -lnettle -lm
-include $(patsubst %.c,$(O)/obj/%.d,$(wildcard tests/unit/*.c))
.SECONDARY:

# ---- measurements beside peers ----

# Static, so that their start costs the same everywhere; libfuse has no static library
BENCHES := $(patsubst %.c,$(O)/%,$(wildcard bench/*.c))
$(O)/bench/%: bench/%.c bench/clock.h bench/guest.h
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(STATIC) -o $@ $<
# A shell's echo starts no program: what stands for it beside the peers starts as quickly as one can
$(O)/bench/zone_once: bench/zone_once.c
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)$(MUSL) -D_GNU_SOURCE -std=gnu11 -O2 $(WARN) -static -s -o $@ $<
$(O)/bench/fuse_floor: bench/fuse_floor.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIE -pie -isystem /usr/include/fuse3 -o $@ $< -lfuse3
# Some of it: make bench T='zone exec'; each is bench/NAME.sh
bench: T = zone cat echo vm memory many exec peers inside shares caps tick burst readers vmcost
bench: all $(BENCHES) $(TRY) ## measure beside other tools, or some of it: T="zone exec"
	$(Q)WARREN_BUILD=$(abspath $(O)) sh bench/run.sh $(T)

# ---- running tests ----

# Fuzzing: make fuzz T=settings N=60; without T all of them, one after the other. Tests replay the corpora.
FUZZERS  := $(patsubst tests/fuzz/%.c,%,$(filter-out tests/fuzz/drive.c,$(wildcard tests/fuzz/*.c)))
FUZZLIBS := $(O)/libhelper.a $(O)/libwarren.a
FUZZLINK  = $(CC) $(CFLAGS) -pie -o $@ $(filter %.o,$^) $(FUZZLIBS) -lfuse3 -levent_core -ljansson -lcap -lseccomp -lmnl -lnettle -lexpat -lm
N ?= 60
$(O)/tests/fuzz/%: $(O)/obj/tests/fuzz/%.o $(FUZZLIBS)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZLINK) -fsanitize=fuzzer
$(O)/tests/fuzz/%_replay: $(O)/obj/tests/fuzz/%.o $(O)/obj/tests/fuzz/drive.o $(FUZZLIBS)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZLINK)
-include $(patsubst %.c,$(O)/obj/%.d,$(wildcard tests/fuzz/*.c))
REPLAYS := $(patsubst %,$(O)/tests/fuzz/%_replay,$(FUZZERS))
fuzz: ## fuzz each target for N seconds, or one: T=settings N=60
	$(Q)for t in $(or $(filter $(FUZZERS),$(T)),$(FUZZERS)); do \
		$(MAKE) --no-print-directory O=$(O)/fuzz SAN=address,undefined,fuzzer-no-link $(O)/fuzz/tests/fuzz/$$t && \
		mkdir -p $(O)/fuzz/corpus/$$t && $(O)/fuzz/tests/fuzz/$$t -max_total_time=$(N) \
			-max_len=65000 -artifact_prefix=$(O)/fuzz/$$t- \
			$(O)/fuzz/corpus/$$t tests/fuzz/corpus/$$t || exit 1; done

# The disk of the guest that has control groups v2 alone, and an older kernel (tests/v2/v2.t)
guest: $(O)/guest/disk
$(O)/guest/disk: $(PROGRAMS) $(TRY) $(GUESTS) $(O)/kernel/modules $(wildcard tests/v2/* tests/tree/*)
	$(call say,DISK,$@)
	$(Q)sh tests/v2/disk.sh $(O)
$(O)/kernel/modules: tests/kernel.sh
	$(call say,KERNEL,$@)
	$(Q)sh tests/kernel.sh $(O)/kernel && touch $@

# Everything that runs needs root; T= picks tests: make test T=tests/tree/zone.t
T ?= $(UNITS) $(REPLAYS) $(sort $(wildcard tests/tree/*.t))
test: all $(UNITS) $(REPLAYS) $(TRY) ## run the tests, or some: T="tests/tree/zone.t build/tests/unit/word_test"
	$(Q)$(SAN_BEGIN)
	WARREN_BUILD=$(abspath $(O)) CK_FORK=$(CK_FORK) prove -j2 --timer -e tests/tap $(T)
	$(Q)$(SAN_END)

# What depends on control groups, once more on v2 and Linux 6.1; others by hand: make test-v2 T="net.t meta.t" V=1
ON_V2 := burst.t crash.t ending.t exec.t execkill.t hostile.t limits.t limits2.t many.t pause.t reboot.t restart.t systemd.t zone.t kvm.t live.t vlan.t weight.t swap.t devices.t resolv.t net.t usernic.t inherited.t sysctls.t
test-v2: all $(TRY) guest ## run the tests of control groups again in a VM with v2 and Linux 6.1; T="net.t"
	TESTS="$(if $(filter file,$(origin T)),$(ON_V2),$(notdir $(filter %.t,$(T))))" WARREN_BUILD=$(abspath $(O)) \
		prove --timer $(if $(V),-v) -e tests/tap tests/v2/v2.t

# The host that most users have: a stage of its own, as it makes a Debian and boots it half a dozen times
check-host: all $(O)/kernel/modules ## make a Debian with systemd, boot it as a VM, and test in it
	$(Q)sh tests/host/disk.sh $(O) && WARREN_BUILD=$(abspath $(O)) prove --timer $(if $(V),-v) -e perl tests/host/host.t

check: deps ## install what is needed, build, and run lint, test and test-v2
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory all && { sh tests/before.sh $(O) || echo 'no earlier programs, so no test of an upgrade'; }
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-v2

# ---- what Debian and Ubuntu provide ----

DEPS := gcc clang make pkg-config libc6-dev libfuse3-dev libcap-dev libseccomp-dev libmnl-dev libevent-dev libjansson-dev libarchive-dev \
	nettle-dev libexpat1-dev mmdebstrap zstd xz-utils check musl-tools perl fuse3 qemu-system-x86 qemu-utils ovmf swtpm busybox-static cpio \
	iproute2 nftables util-linux mount procps e2fsprogs mtools dosfstools grub-pc-bin grub-efi-amd64-bin fdisk kmod socat clang-format cppcheck
# Not in each release: for NICs `user`, a VM's mounts, and web.t. What lacks them says so.
MAYBE := passt virtiofsd
check: MAYBE += chromium novnc websockify
apt  := DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends
user := getent passwd warren >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin warren
deps: ## install the packages of Debian or Ubuntu that are needed, and the user warren
	$(Q)dpkg -s $(DEPS) >/dev/null 2>&1 || { apt-get update -q && $(apt) $(DEPS); }
	$(Q)for p in $(MAYBE); do dpkg -s $$p >/dev/null 2>&1 || $(apt) $$p || echo "deps: this release has no $$p: going on without"; done
	$(Q)$(user)

demo: deps ## install what is needed, build, and show a zone and a VM on a scratch tree
	@$(MAKE) --no-print-directory all
	$(Q)WARREN_BUILD=$(abspath $(O)) sh tests/demo.sh

# ---- looking at the code ----

SOURCES := $(foreach e,c h,$(wildcard *.$e $(addsuffix /*.$e,base protocol fs host rctl images zone zone/* vm vm/* tree \
	monitor monitor/* init import mount-helper mount-helper/*)))
lint: layers headers format tidy ## look at includes, headers, layout, and what cppcheck finds
layers:
	$(Q)sh tests/layers.sh $(SOURCES)
headers:
	$(Q)for h in $(filter %.h,$(SOURCES)); do \
		$(CC) $(CPPFLAGS) $(CFLAGS) -isystem /usr/include/fuse3 -fsyntax-only -x c $$h || exit 1; done
# Opinions of these two differ from version to version; those of Debian 12 are the house's
held = $(Q)$(1) --version | grep -qw '$(2)' || { echo '$@: left out: it is for $(1) $(2)'; exit 0; };
format:
	$(call held,clang-format,version 14) clang-format --dry-run -Werror $(SOURCES)
tidy:
	$(call held,cppcheck,2.10) cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,portability \
		--suppress=nullPointerRedundantCheck --suppress=preprocessorErrorDirective -I. -D_GNU_SOURCE '-Djson_object_foreach(o,k,v)=while (json_next(&k,&v))' $(filter %.c,$(SOURCES))

# ---- installing ----

# All programs lie side by side, and find each other so wherever that is; the rest are links. mount(8)
# looks for its helpers in /sbin. With DESTDIR it is a package's to make the user.
UNITS_AT := $(PREFIX)/lib/systemd/system
MANUALS  := $(foreach m,$(wildcard man/*.[1-9]),$(PREFIX)/share/man/man$(subst .,,$(suffix $m))/$(notdir $m))
install: all ## install below PREFIX, and below DESTDIR where that is given
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(LIBEXEC) /sbin $(UNITS_AT) $(sort $(dir $(MANUALS))))
	install -m 755 $(PROGRAMS) $(DESTDIR)$(LIBEXEC)
	ln -sf ../libexec/warren/warren $(DESTDIR)$(PREFIX)/bin/warren
	ln -sf $(LIBEXEC)/mount.warren $(DESTDIR)/sbin/mount.warren
	install -m 644 $(wildcard systemd/*.service) $(DESTDIR)$(UNITS_AT)
	$(foreach m,$(MANUALS),install -m 644 man/$(notdir $m) $(DESTDIR)$m &&) :
	$(if $(DESTDIR),,$(user) && { [ ! -d /run/systemd/system ] || systemctl daemon-reload; })
# What zones there are, and the user, stay
uninstall: ## remove what install has put there; zones and the user stay
	rm -f $(addprefix $(DESTDIR),$(PREFIX)/bin/warren /sbin/mount.warren $(addprefix $(UNITS_AT)/,$(notdir $(wildcard systemd/*.service))) $(MANUALS))
	rm -rf $(DESTDIR)$(LIBEXEC)

help: ## print this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 } END { print "with O=DIR (build), PREFIX=DIR (/usr/local), DESTDIR=DIR, V=1 (show commands), SAN=address,undefined (sanitizers)" }' Makefile

clean: ## remove O
	rm -rf $(O)

.PHONY: all guests guest test test-v2 check check-host deps demo lint layers headers format tidy install uninstall help clean bench fuzz
