// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a file of places: refused, or looked up in without harm, and
 * what comes out is text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "geoip/db.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(void *arg)
{
	static const char *const addrs[] = { "8.8.8.8", "9.9.9.9", "2606:4700::1", "2001:db8::1" };
	struct geo_db *db = arg;

	for (unsigned i = 0; i < sizeof(addrs) / sizeof(*addrs); i++) {
		struct place p = { 0 };
		char clean[sizeof(p.org)];
		struct addr a;

		if (!addr_parse(addrs[i], &a))
			abort();
		geo_db_read(db, geo_db_find(db, &a), &p);
		text_sanitise(clean, sizeof(clean), p.org, strlen(p.org));
		if (strcmp(clean, p.org) || (*p.country && strlen(p.country) != 2))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char label[64], path[32];
	struct text t = TEXT(label);
	int fd = memfd_create("mmdb", MFD_CLOEXEC);
	struct geo_db *db;
	const char *why;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	db = geo_db_open(path, &why);
	if (db) {
		geo_guard(look_up, db);
		text_clear(&t);
		geo_db_describe(db, &t);
		geo_db_close(db);
	} else if (!why) {
		abort();
	}
	close(fd);
	return 0;
}
