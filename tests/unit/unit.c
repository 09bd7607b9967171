// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Units and containers by control group, and login names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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
		{ "/machine.slice/libpod-" ID ".scope/container/system.slice/nginx.service",
		  "0123456789ab", "0123456789ab" },
		{ "/system.slice/web.service/libpod-payload-" ID, "0123456789ab", "0123456789ab" },
		{ "/kubepods.slice/kubepods-pod12.slice/crio-conmon-" ID ".scope",
		  "crio-conmon-" ID ".sc", "" },
		{ "/system.slice/k3s.service/kubepods/pod12/" ID, "0123456789ab", "0123456789ab" },
		/* who is given a unit's group makes no containers that count */
		{ "/system.slice/sshd.service/docker-" ID ".scope", "sshd.service", "" },
		{ "/system.slice/sshd.service/lxc.payload.101", "sshd.service", "" },
		/* a user names his own as he likes */
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  "user-1000/0123456789ab", "user-1000/0123456789ab" },
		{ "/user.slice/user-1000.slice/user@1000.service/docker-" ID ".scope/container",
		  "user-1000/0123456789ab", "user-1000/0123456789ab" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope/lxc.payload.101",
		  "user-1000/101", "user-1000/101" },
		{ "/user.slice/docker-" ID ".scope", "0123456789ab", "0123456789ab" },
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
		assert_true(!unit.id[0] || (!strcmp(unit.id, ID) && !strchr(unit.name, '/')));
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
	struct unit unit = { .name = "x", .container = "x" };
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

/* The mount of cgroup v2; NULL: there is none. */
static const char *find_mount(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (unsigned i = 0; i < 2; i++)
		if (!statfs(mounts[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return mounts[i];
	return NULL;
}

static uint64_t id_of_group(const char *path)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = 8 } };
	uint64_t id;
	int mount;

	assert_int_equal(name_to_handle_at(AT_FDCWD, path, &handle.head, &mount, 0), 0);
	memcpy(&id, handle.head.f_handle, sizeof(id));
	return id;
}

/* By its id, as sockets have it: where it stands in the tree counts as well. */
static void reads_groups(void **state)
{
	const char *mount = find_mount();
	struct units *u = units_new();
	char top[64], path[128], name[64];
	struct unit unit;
	bool made;

	(void)state;
	snprintf(top, sizeof(top), "%s/lxc", mount ? mount : "");
	snprintf(name, sizeof(name), "flowtop-%d", getpid());
	snprintf(path, sizeof(path), "%s/%s", top, name);
	made = mount && !mkdir(top, 0755);
	if (!mount || mkdir(path, 0755)) {
		units_free(u);
		skip();
	}
	unit_of_cgroup(u, id_of_group(path), &unit);
	rmdir(path);
	if (made)
		rmdir(top);
	assert_string_equal(unit.container, name);
	units_free(u);
}

/* ---- names of containers ---- */

static void docker_names(void **state)
{
	char buf[64] = "";

	(void)state;
	assert_true(container_docker_name("{\"Config\":{\"Env\":[\"A=\\\"Name\\\":\\\"/fake\\\"\"]},"
					  "\"MountPoints\":{\"/d\":{\"Name\":\"disk\"}},"
					  "\"Name\":\"/web\",\"Driver\":\"overlay2\"}", buf, sizeof(buf)));
	assert_string_equal(buf, "web");
	/* a label of the image, and a value that looks like the key */
	assert_true(container_docker_name("{\"Config\":{\"Labels\":{\"Name\":\"/fake\"}},"
					  "\"Path\":\"Name\", \"Name\": \"/db\"}", buf, sizeof(buf)));
	assert_string_equal(buf, "db");
	assert_false(container_docker_name("{\"Name\":\"/\"}", buf, sizeof(buf)));
	assert_false(container_docker_name("{\"Name\":\"/web", buf, sizeof(buf)));
	assert_false(container_docker_name("{\"Name\":{\"Name\":\"/web\"}}", buf, sizeof(buf)));
	assert_false(container_docker_name("]}]}{\"Names\":\"\\", buf, sizeof(buf)));
}

static void podman_names(void **state)
{
	char buf[64] = "";

	(void)state;
	assert_true(container_podman_name("[{\"id\":\"1\",\"names\":[\"one\"]},"
					  "{\"id\":\"" ID "\",\"names\":[\"two\"],\"layer\":\"x\"}]",
					  ID, buf, sizeof(buf)));
	assert_string_equal(buf, "two");
	/* the id elsewhere */
	assert_false(container_podman_name("[{\"id\":\"1\",\"layer\":\"" ID "\","
					   "\"flags\":{\"id\":\"" ID "\"},\"names\":[\"one\"]}]",
					   ID, buf, sizeof(buf)));
	assert_false(container_podman_name("[{\"id\":\"" ID "\",\"names\":[]},"
					   "{\"id\":\"1\",\"names\":[\"one\"]}]",
					   ID, buf, sizeof(buf)));
}

static void other_names(void **state)
{
	char buf[64] = "";

	(void)state;
	assert_true(container_lxc_name("lxc.arch = amd64\n# lxc.uts.name = x\n"
				       "lxc.uts.name = web.lan\n", buf, sizeof(buf)));
	assert_string_equal(buf, "web.lan");
	assert_false(container_lxc_name("lxc.uts.name =", buf, sizeof(buf)));
	assert_false(container_lxc_name("", buf, sizeof(buf)));
	assert_true(container_pod_name("web-0_shop_nginx-" ID ".log", ID, buf, sizeof(buf)));
	assert_string_equal(buf, "shop/web-0/nginx");
	assert_false(container_pod_name("web-0_shop_nginx-" ID, ID, buf, sizeof(buf)));
	assert_false(container_pod_name("web-0_" ID ".log", ID, buf, sizeof(buf)));
	assert_false(container_pod_name("a_b_" ID ".log", ID, buf, sizeof(buf)));
}

static void write_below(const char *root, const char *path, const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && mkdir -p $(dirname %s) && printf '%%s' '%s' > %s",
		 root, path, text, path);
	assert_int_equal(system(command), 0);
}

static void check_container(struct containers *c, const char *cgroup, const char *name)
{
	struct unit unit;
	char buf[64];

	unit_of_path(cgroup, &unit);
	snprintf(buf, sizeof(buf), "%s", unit.container);
	container_name(c, &unit, buf, sizeof(buf));
	assert_string_equal(buf, name);
}

/* Only what root wrote, and not for a group that a user made. */
static void reads_names(void **state)
{
	char root[] = "/tmp/unit.XXXXXX", command[512];
	struct containers *c;

	(void)state;
	if (geteuid())
		skip();
	assert_non_null(mkdtemp(root));
	write_below(root, "var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/web\"}");
	write_below(root, "var/lib/containers/storage/overlay-containers/containers.json",
		    "[{\"id\":\"f" ID2 "\",\"names\":[\"db\"]}]");
	write_below(root, "var/log/containers/web-0_shop_nginx-e" ID2 ".log", "");
	write_below(root, "var/lib/lxc/101/config", "lxc.uts.name = mail");
	c = containers_new(root);
	check_container(c, "/docker/" ID, "web");
	check_container(c, "/machine.slice/libpod-f" ID2 ".scope", "db");
	check_container(c, "/kubepods/pod12/e" ID2, "shop/web-0/nginx");
	check_container(c, "/lxc.payload.101", "mail");
	check_container(c, "/lxc.payload.102", "102");
	check_container(c, "/user.slice/user-1000.slice/user@1000.service/docker-" ID ".scope",
			"user-1000/0123456789ab");
	containers_free(c);
	snprintf(command, sizeof(command), "chmod g+w %s/var/lib/docker/containers/*/* && "
		 "chown 1000 %s/var/lib/lxc/101/config %s/var/log/containers", root, root, root);
	assert_int_equal(system(command), 0);
	c = containers_new(root);
	check_container(c, "/docker/" ID, "0123456789ab");
	check_container(c, "/lxc.payload.101", "101");
	check_container(c, "/kubepods/pod12/e" ID2, "e123456789ab");
	containers_free(c);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
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
		cmocka_unit_test(reads_groups),
		cmocka_unit_test(docker_names),
		cmocka_unit_test(podman_names),
		cmocka_unit_test(other_names),
		cmocka_unit_test(reads_names),
		cmocka_unit_test(knows_no_strange_groups),
		cmocka_unit_test(names_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
