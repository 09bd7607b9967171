# Tests and benchmarks. tests/unit/NAME.c is a cmocka program linked with
# everything but flowtop.c; each runs from the top of the tree.

UNIT_SRC  := $(wildcard tests/unit/*.c)
UNIT      := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/unit/%)
TEST_LIBS := $(call pkg,--libs cmocka vterm) -lutil

unit: $(UNIT)

# what tests/source/warnings compiles with
print-flags:
	@echo $(ALL_CFLAGS)

$(BUILD)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(LIB) $(LIBS) $(TEST_LIBS)

# tests/races/threads.c with what it needs, for ThreadSanitizer. Not beside
# another sanitizer.
RACE_NOT   := flowtop ui batch conf action ct track json classic
RACE_SRC   := tests/races/threads.c \
              $(filter-out $(foreach r,$(RACE_NOT),$r.c $r/%),$(filter-out tests/%,$(SRC)))
RACE_OBJ   := $(RACE_SRC:%.c=$(BUILD)/races/%.o)
# not on 32-bit processors
RACES      := $(if $(S),,$(if $(call known,-fsanitize=thread),$(BUILD)/tests/races/threads))

$(BUILD)/races/%.o: %.c
	@mkdir -p $(@D)
	$(call say,TSAN,$<)
	$(Q)$(CC) $(filter-out $(HARDEN) -O%,$(ALL_CFLAGS)) $(CPPFLAGS) -O1 -fno-builtin \
		-fsanitize=thread -include tests/races/urcu.h -MMD -MP -c -o $@ $<

$(BUILD)/tests/races/threads: $(RACE_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -fsanitize=thread $(LDFLAGS) -o $@ $^ $(LIBS)

races: $(RACES)

check: $(FLOWTOP) unit races
	tests/run $(BUILD)

# Measures what has a budget; root, some minutes. BENCH="load key" picks.
BENCH_BIN := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))

bench: $(FLOWTOP) $(BENCH_BIN)
	tests/bench/run.py $(BUILD) $(BENCH)

# The linters that are installed; tests/lint says which are missing.
lint:
	$(Q)tests/lint $(ALL_CFLAGS)

.PHONY: unit races check bench print-flags lint
-include $(UNIT:=.d) $(RACE_OBJ:.o=.d)

# Fuzzing, with clang's libFuzzer: "make fuzz" runs each target for FUZZ_TIME
# seconds. What it finds new is kept in the build folder, next to the seeds.
FUZZ_TIME  ?= 60
FUZZ_DIR   := build/fuzz
FUZZ_FLAGS := $(filter-out -fsanitize=% $(HARDEN),$(ALL_CFLAGS)) -MMD -MP \
              -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ       := $(patsubst tests/fuzz/%.c,$(FUZZ_DIR)/%,$(wildcard tests/fuzz/*.c))
FUZZ_OBJ   := $(patsubst %.c,$(FUZZ_DIR)/obj/%.o,$(filter-out flowtop.c,$(SRC)))

fuzz: $(FUZZ:%=%.run)

$(FUZZ_DIR)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

# an archive, so that a target takes in only what it needs
$(FUZZ_DIR)/all.a: $(FUZZ_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZ): $(FUZZ_DIR)/%: tests/fuzz/%.c $(FUZZ_DIR)/all.a
	$(call say,FUZZ,$@)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_DIR)/all.a $(LIBS)

$(FUZZ:%=%.run): %.run: %
	@mkdir -p $(FUZZ_DIR)/corpus/$(*F)
	$< -max_total_time=$(FUZZ_TIME) -timeout=10 -rss_limit_mb=1024 \
		-artifact_prefix=$(FUZZ_DIR)/ $(FUZZ_DIR)/corpus/$(*F) tests/fuzz/corpus/$(*F)

.PHONY: fuzz $(FUZZ:%=%.run)
-include $(FUZZ_OBJ:.o=.d) $(FUZZ:=.d)
