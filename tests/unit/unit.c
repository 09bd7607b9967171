// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Units and containers by control group, and login names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc_pid/container.h"
#include "proc_pid/unit.h"
#include "proc_pid/user.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void reads_paths(void **state)
{
	static const struct {
		const char *path, *name, *container;
	} cases[] = {
		{ "/", "", "" },
		{ "", "", "" },
		{ "/system.slice", "", "" },
		{ "/.service", "", "" },
		{ "/system.slice/nginx.service", "nginx.service", "" },
		{ "/system.slice/nginx.service/worker", "nginx.service", "" },
		{ "/../../system.slice/nginx.service", "nginx.service", "" },
		{ "/system.slice/a\033b.service", "a?b.service", "" },
		{ "/init.scope", "init.scope", "" },
		/* whoever is given a group may make others in it */
		{ "/system.slice/sshd.service/fake/cron.service", "sshd.service", "" },
		{ "/system.slice/sshd.service/cron.service", "sshd.service", "" },
		/* a user's session and manager */
		{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope", "" },
		{ "/user.slice/user-1000.slice/session-2.scope/cron.service", "session-2.scope", "" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.service",
		  "firefox.service", "" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.service/"
		  "cron.service", "firefox.service", "" },
		{ "/user.slice/user-1000.slice/user@1000.service/init.scope",
		  "user@1000.service", "" },
		{ "/user.slice/user-1000.slice/user@1000.service/fake/cron.service",
		  "user@1000.service", "" },
		/* engines with ids */
		{ "/system.slice/docker-" ID ".scope", "0123456789ab", "0123456789ab" },
		{ "/docker/" ID, "0123456789ab", "0123456789ab" },
		{ "/docker/" ID "/docker/f" ID2, "0123456789ab", "0123456789ab" },
		{ "/machine.slice/libpod-" ID ".scope/container", "0123456789ab", "0123456789ab" },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".", "" },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  "0123456789ab", "0123456789ab" },
		{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod12.slice/"
		  "cri-containerd-" ID ".scope", "0123456789ab", "0123456789ab" },
		{ "/kubepods.slice/kubepods-pod12.slice/crio-" ID ".scope",
		  "0123456789ab", "0123456789ab" },
		{ "/kubepods/burstable/pod12/" ID, "0123456789ab", "0123456789ab" },
		{ "/system.slice/containerd.service/kubepods-pod12.slice:cri-containerd:" ID,
		  "0123456789ab", "0123456789ab" },
		{ "/system.slice/docker-" ID ".scope/system.slice/ssh.service",
		  "0123456789ab", "0123456789ab" },
		{ "/x/" ID "0", "", "" },	/* a digit too many */
		/* those with names */
		{ "/lxc.payload.web", "web", "web" },
		{ "/lxc.payload.101/system.slice/nginx.service", "101", "101" },
		{ "/lxc/102/ns/system.slice/cron.service", "102", "102" },
		{ "/lxc.payload/old/init.scope", "old", "old" },
		{ "/lxc.monitor.101", "", "" },
		{ "/lxc", "", "" },
		{ "/system.slice/lxc/cron.service", "cron.service", "" },
		{ "/machine.slice/systemd-nspawn@deb.service/payload/system.slice/ssh.service",
		  "deb", "deb" },
		{ "/machine.slice/machine-a\\x2db.scope/payload", "a-b", "a-b" },
		{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt",
		  "machine-qemu\\x2d1\\x2dvm.scope", "" },
		{ "/system.slice/systemd-nspawn@deb.service", "systemd-nspawn@deb.service", "" },
	};
	struct unit unit;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unit_of_path(cases[i].path, &unit);
		assert_string_equal(unit.name, cases[i].name);
		assert_string_equal(unit.container, cases[i].container);
		assert_true(!unit.id[0] || !strcmp(unit.id, ID));
	}
}

/* A folder with a file "1/cgroup" in place of /proc. */
static void check_process(const char *cgroup, const char *name, const char *container)
{
	char path[] = "/tmp/unit.XXXXXX";
	struct unit unit;
	int dir, fd;

	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(dir, "1", 0700), 0);
	fd = openat(dir, "1/cgroup", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, cgroup, strlen(cgroup)), strlen(cgroup));
	close(fd);
	unit_of_process(dir, 1, &unit);
	assert_string_equal(unit.name, name);
	assert_string_equal(unit.container, container);
	assert_int_equal(unlinkat(dir, "1/cgroup", 0) | unlinkat(dir, "1", AT_REMOVEDIR) |
			 rmdir(path), 0);
	close(dir);
}

static void reads_processes(void **state)
{
	(void)state;
	check_process("0::/system.slice/nginx.service\n", "nginx.service", "");
	check_process("0::/\n", "", "");
	/* v1: systemd's own hierarchy tells the unit, any the container */
	check_process("9:pids:/x.service\n1:name=systemd:/system.slice/cron.service\n",
		      "cron.service", "");
	check_process("9:pids:/docker/" ID "\n1:name=systemd:/system.slice/docker.service\n",
		      "0123456789ab", "0123456789ab");
	check_process("4:memory:/\n1:name=systemd:/lxc/102/ns/system.slice/cron.service\n",
		      "102", "102");
}

static void knows_no_strange_groups(void **state)
{
	struct units *u = units_new();
	struct unit unit = { "x", "x", "x" };
	static const uint64_t groups[] = { 0, 1, UINT64_MAX };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		unit_of_cgroup(u, groups[i], &unit);
		assert_string_equal(unit.name, "");
		assert_string_equal(unit.container, "");
		strcpy(unit.name, "x");
	}
	unit_of_process(-1, 0, &unit);
	assert_string_equal(unit.name, "");
	units_free(u);
}

static void names_containers(void **state)
{
	struct containers *c = containers_new();
	char buf[64] = "";

	(void)state;
	assert_true(container_docker_name("{\"Config\":{\"Env\":[\"A=\\\"Name\\\":\\\"/fake\\\"\"]},"
					  "\"MountPoints\":{\"/d\":{\"Name\":\"disk\"}},"
					  "\"Name\":\"/web\",\"Driver\":\"overlay2\"}", buf, sizeof(buf)));
	assert_string_equal(buf, "web");
	assert_false(container_docker_name("{\"Name\":\"/\"}", buf, sizeof(buf)));
	assert_false(container_docker_name("{\"Name\":\"/web", buf, sizeof(buf)));
	assert_true(container_podman_name("[{\"id\":\"1\",\"names\":[\"one\"]},"
					  "{\"id\":\"" ID "\",\"names\":[\"two\"],\"layer\":\"x\"}]",
					  ID, buf, sizeof(buf)));
	assert_string_equal(buf, "two");
	assert_false(container_podman_name("[{\"id\":\"" ID "\",\"names\":[]},"
					   "{\"id\":\"1\",\"names\":[\"one\"]}]",
					   ID, buf, sizeof(buf)));
	strcpy(buf, "0123456789ab");
	container_name(c, ID, buf, sizeof(buf));
	assert_string_equal(buf, "0123456789ab");
	containers_free(c);
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
		cmocka_unit_test(reads_processes),
		cmocka_unit_test(names_containers),
		cmocka_unit_test(knows_no_strange_groups),
		cmocka_unit_test(names_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
