# Tests and benchmarks. tests/unit/NAME.c is a cmocka program linked with
# everything but flowtop.c; each runs from the top of the tree.

UNIT_SRC  := $(wildcard tests/unit/*.c)
UNIT      := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/unit/%)
TEST_LIBS := $(shell pkg-config --libs cmocka vterm 2>/dev/null) -lutil

unit: $(UNIT)

# what tests/source/warnings compiles with
print-flags:
	@echo $(ALL_CFLAGS)

$(BUILD)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -I. -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(LIB) $(LIBS) $(TEST_LIBS)

check: $(FLOWTOP) unit
	tests/run $(BUILD)

.PHONY: unit check print-flags
-include $(UNIT:=.d)
