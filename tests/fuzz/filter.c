// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a filter expression: an error has its place within them and a
 * text; a filter can be asked, pushed down and completed.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "filter.h"
#include "lib/proto.h"
#include "service.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct flow flow;
static struct row row;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct place place = { "NO", "Norway", "Oslo", "Example", 64500 };
	static const struct owner owner = { .pid = 7, .name = "curl", .user = "root" };

	(void)argc;
	(void)argv;
	service_init();
	addr_parse("10.0.0.7", &flow.key.orig.src);
	addr_parse("203.0.113.80", &flow.key.orig.dst);
	flow.key.orig.sport = 41536;
	flow.key.orig.dport = 443;
	flow.key.l3 = AF_INET;
	flow.key.l4 = 6;
	flow.reply = (struct flow_ends){
		flow.key.orig.dst, flow.key.orig.src, 443, 41536
	};
	flow.state = 3;
	flow.orig_rate = flow.reply_rate = NAN;
	row = (struct row){
		.flow = &flow, .owner = &owner, .src_name = "a.example", .dst_name = "",
		.src_place = &place, .dst_place = &place,
	};
	return 0;
}

/* What passes lies within what is pushed down. */
static void check_pushdown(const struct filter *f, bool passes)
{
	struct proto_set protos;
	unsigned families;

	filter_pushdown(f, &families, &protos);
	if (passes && (!(families & FAMILY_V4) ||
		       (!proto_set_is_empty(&protos) && !proto_set_has(&protos, flow.key.l4))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *expression = malloc(size + 1);
	struct filter_error error = { .at = UINT32_MAX };
	struct filter *f;
	unsigned at;

	memcpy(expression, data, size);
	expression[size] = '\0';
	f = filter_parse(expression, &error);
	if (f)
		check_pushdown(f, filter_match(f, &row));
	else if (error.at > strlen(expression) || !error.text[0])
		abort();
	filter_complete(expression, 0, &at);
	if (at > strlen(expression))
		abort();
	filter_unref(f);
	free(expression);
	return 0;
}
