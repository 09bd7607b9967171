# flowtop - make, make check, make bench, make install; V=1 shows the commands.
# S=address,undefined builds with sanitizers, in a folder of its own.

PREFIX   ?= /usr/local
SBINDIR  ?= $(PREFIX)/sbin
MANDIR   ?= $(PREFIX)/share/man

CC       ?= cc
PKGS     := libmnl libnetfilter_conntrack ncursesw libmaxminddb liburcu liburcu-cds libcares libcap
pkg       = $(shell pkg-config $(1) 2>/dev/null)
# those of them that are there
found     = $(foreach p,$(1),$(if $(call pkg,--modversion $p),$p))
NEEDED   := $(PKGS) $(if $(filter check unit,$(MAKECMDGOALS)),cmocka vterm)
LACKING  := $(filter-out $(call found,$(NEEDED)),$(NEEDED))
# optional: without it, places come from .mmdb files alone
LIBLOC   := $(call found,libloc)

ifneq ($(LACKING),)
ifneq ($(filter-out clean uninstall,$(or $(MAKECMDGOALS),all)),)
$(error pkg-config finds no $(LACKING). On Debian and Ubuntu, "sudo ./bootstrap $(if $(filter check unit,$(MAKECMDGOALS)),check,run)" installs all)
endif
endif

comma    := ,
BUILD    := build$(if $(S),-$(subst $(comma),-,$(S)))
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            $(if $(CI),-Werror)
# Those of the compiler's flags that it knows.
known     = $(shell $(CC) -Werror -O2 $(1) -include features.h -x c -c -o /dev/null /dev/null \
            2>/dev/null && echo "$(1)")
# What makes a hole harder to use. Sanitizers look themselves, and
# _FORTIFY_SOURCE does nothing without optimisation.
OPTIMISED := $(filter-out -O0,$(filter -O%,$(CFLAGS)))
FORTIFY  := $(if $(OPTIMISED),-U_FORTIFY_SOURCE $(or \
            $(call known,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2))
HARDEN   := $(if $(S),,-fPIE -fstack-protector-strong $(call known,-fcf-protection) $(FORTIFY))
DEFINES  := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 $(if $(LIBLOC),-DHAVE_LIBLOC)
ALL_CFLAGS := -std=gnu11 $(DEFINES) -I. -pthread $(WARN) $(call pkg,--cflags $(PKGS)) \
            $(if $(S),-fsanitize=$(S) -fno-omit-frame-pointer) $(HARDEN) $(CFLAGS)
LIBS     := $(call pkg,--libs $(PKGS) $(LIBLOC)) -lresolv -lm -pthread
ALL_LDFLAGS := $(if $(S),-fsanitize=$(S),-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now) $(LDFLAGS)

Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

SRC      := $(wildcard *.c */*.c)
OBJ      := $(SRC:%.c=$(BUILD)/%.o)
# what unit tests link with: all but main()
LIB      := $(filter-out $(BUILD)/flowtop.o,$(OBJ))

FLOWTOP  := $(if $(S),$(BUILD)/flowtop,flowtop)

all: $(FLOWTOP)

$(FLOWTOP): $(OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

include tests/tests.mk

install: flowtop
	install -D -m 755 flowtop $(DESTDIR)$(SBINDIR)/flowtop
	install -D -m 644 Documentation/flowtop.8 $(DESTDIR)$(MANDIR)/man8/flowtop.8

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/flowtop $(DESTDIR)$(MANDIR)/man8/flowtop.8

clean:
	rm -rf build build-* flowtop

.PHONY: all install uninstall clean
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d)
