// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reverse names: how many a second from a server that answers 20 ms late, and
 * what a dead server costs. The server runs in a process of its own.
 */
#include <err.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "dns.h"
#include "facts.h"
#include "tests/dns_server.h"

#define NAMES 40000
#define LIST 4096	/* as many as the enrich thread wants at once */
#define DEAD_SECONDS 12

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static void wait_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

static pid_t serve(struct dns_server *shared)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dns_server_start(shared))
		err(1, "server");
	pause();
	_exit(0);
}

static char resolv_conf[] = "/tmp/flowtop-bench-XXXXXX";

static void write_resolv_conf(uint16_t port)
{
	FILE *f = fdopen(mkstemp(resolv_conf), "w");

	if (!f)
		err(1, "%s", resolv_conf);
	fprintf(f, "nameserver [127.0.0.1]:%u\n", port);
	fclose(f);
}

static struct dns *start(void)
{
	struct dns_options o = { .resolv_conf = resolv_conf, .hosts = "/dev/null" };
	struct dns *d = dns_start(&o);

	if (!d)
		err(1, "dns_start");
	return d;
}

static void want(struct dns *d, unsigned first, unsigned n)
{
	static struct addr list[NAMES];

	for (unsigned i = 0; i < n; i++) {
		unsigned host = first + i;

		list[i] = addr_v4((uint8_t[]){ 20, host >> 16, host >> 8, host });
	}
	dns_want(d, list, n);
}

static void names_rate(void)
{
	struct dns *d = start();
	double began = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct dns_stats stats;

	want(d, 0, NAMES);
	while (!dns_idle(d))
		wait_ms(1);
	dns_get_stats(d, &stats);
	began = seconds(CLOCK_MONOTONIC) - began;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("reverse names, server 20 ms away: %.0f/s (bar 10000/s), %.1f us CPU each, "
	       "%llu of %llu answered\n", stats.answered / began, cpu * 1e6 / stats.answered,
	       (unsigned long long)stats.answered, (unsigned long long)stats.asked);
	dns_stop(d);
}

/* Ten lists a second, as the enrich thread passes them on. */
static void dead_cost(void)
{
	struct dns *d = start();
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct dns_stats stats;

	for (unsigned i = 0; i < DEAD_SECONDS * 10; i++) {
		want(d, i * 100, LIST);
		wait_ms(100);
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	dns_get_stats(d, &stats);
	printf("a dead DNS server: %.2f %% of a core (bar 2 %%), %llu queries in %d s, %s\n",
	       cpu * 100 / DEAD_SECONDS, (unsigned long long)stats.asked, DEAD_SECONDS,
	       stats.broken ? "found dead" : "not found dead");
	dns_stop(d);
}

int main(void)
{
	struct dns_server *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (s == MAP_FAILED || facts_init())
		err(1, "mmap");
	s->delay_ms = 20;
	pid = serve(s);
	while (!*(volatile uint16_t *)&s->port)
		wait_ms(1);
	rcu_register_thread();
	write_resolv_conf(s->port);
	names_rate();
	__atomic_store_n(&s->silent, true, __ATOMIC_RELEASE);
	dead_cost();
	unlink(resolv_conf);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	facts_free();
	rcu_unregister_thread();
	return 0;
}
