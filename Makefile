# flowtop - make, make check, make bench, make install; V=1 shows the commands.
# S=address,undefined builds with sanitizers, in a folder of its own.

PREFIX   ?= /usr/local
SBINDIR  ?= $(PREFIX)/sbin
MANDIR   ?= $(PREFIX)/share/man

CC       ?= cc
PKGS     := libmnl libnetfilter_conntrack ncursesw libmaxminddb liburcu liburcu-cds libcares libcap
LOC_LIBS := -lloc

comma    := ,
BUILD    := build$(if $(S),-$(subst $(comma),-,$(S)))
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            $(if $(CI),-Werror)
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -pthread $(WARN) $(shell pkg-config --cflags $(PKGS)) \
            $(if $(S),-fsanitize=$(S) -fno-omit-frame-pointer) $(CFLAGS)
LIBS     := $(shell pkg-config --libs $(PKGS)) $(LOC_LIBS) -lresolv -lm -pthread
ALL_LDFLAGS := $(if $(S),-fsanitize=$(S)) $(LDFLAGS)

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
