// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Units and containers by control group, and login names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc_pid/scan.h"
#include "proc_pid/unit.h"
#include "proc_pid/user.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void reads_paths(void **state)
{
	static const struct {
		const char *path, *name;
		int kind;
	} cases[] = {
		{ "/", "", 0 },
		{ "", "", 0 },
		{ "/system.slice", "", 0 },
		{ "/system.slice/nginx.service", "nginx.service", 1 },
		{ "/system.slice/nginx.service/worker", "nginx.service", 1 },
		{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope", 1 },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.service",
		  "firefox.service", 1 },
		{ "/.service", "", 0 },
		{ "/system.slice/docker-" ID ".scope", "0123456789ab", 2 },
		{ "/docker/" ID, "0123456789ab", 2 },
		{ "/machine.slice/libpod-" ID ".scope/container", "0123456789ab", 2 },
		{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod12.slice/"
		  "cri-containerd-" ID ".scope", "0123456789ab", 2 },
		{ "/system.slice/docker-" ID ".scope/system.slice/ssh.service", "0123456789ab", 2 },
		{ "/x/" ID "0", "", 0 },	/* a digit too many */
		{ "/system.slice/a\033b.service", "a?b.service", 1 },
	};
	char buf[80];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(unit_of_path(cases[i].path, buf, sizeof(buf)), cases[i].kind);
		assert_string_equal(buf, cases[i].name);
	}
}

static void knows_no_strange_groups(void **state)
{
	struct units *u = units_new();
	char buf[80] = "x";
	int proc_fd = proc_scan_open();

	(void)state;
	unit_of_cgroup(u, 0, buf, sizeof(buf));
	assert_string_equal(buf, "");
	unit_of_cgroup(u, 1, buf, sizeof(buf));
	assert_string_equal(buf, "");
	unit_of_cgroup(u, UINT64_MAX, buf, sizeof(buf));
	assert_string_equal(buf, "");
	strcpy(buf, "x");
	unit_of_process(proc_fd, 0, buf, sizeof(buf));
	assert_string_equal(buf, "");
	close(proc_fd);
	units_free(u);
}

static void names_users(void **state)
{
	struct users *u = users_new();
	char buf[33];

	(void)state;
	user_name(u, 0, buf, sizeof(buf));
	assert_string_equal(buf, "root");
	user_name(u, 4000000000, buf, sizeof(buf));
	assert_string_equal(buf, "4000000000");
	user_name(u, UINT32_MAX, buf, sizeof(buf));
	assert_string_equal(buf, "");
	users_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_paths),
		cmocka_unit_test(knows_no_strange_groups),
		cmocka_unit_test(names_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
