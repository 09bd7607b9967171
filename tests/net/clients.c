/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clients.c - programs that send once and end soon.
 *
 *   clients serve		takes UDP and TCP at port 7, and answers nothing
 *   clients spawn KIND ADDRESS N RATE LIFE
 *				executes N clients, RATE a second, to ADDRESS, the next
 *				one, and so on; then prints their PIDs in order
 *   clients flood ADDRESS N RATE
 *				sends one datagram to each of N addresses, RATE a second (0:
 *				as fast as may be); prints how many ns of CPU each took
 *   clients KIND ADDRESS LIFE	such a client; it lives LIFE us after it sent
 *
 * KIND: udp, connected, icmp, raw or tcp.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 7
#define PROTO 253		/* for experiments (RFC 3692) */

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* ---- a client ---- */

static void live(long us)
{
	const struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	prctl(PR_SET_TIMERSLACK, 1);
	nanosleep(&t, NULL);
}

static int client(const char *kind, const char *address, long us)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.id = htons(PORT) };
	int type = SOCK_DGRAM, proto = 0;
	int fd;

	if (!strcmp(kind, "tcp"))
		type = SOCK_STREAM;
	if (!strcmp(kind, "icmp") || !strcmp(kind, "raw")) {
		type = SOCK_RAW;
		proto = kind[0] == 'i' ? IPPROTO_ICMP : PROTO;
		to.sin_port = 0;
	}
	echo.checksum = ~(htons(ICMP_ECHO << 8) + echo.un.echo.id);
	fd = socket(AF_INET, type, proto);
	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return fail("socket");
	if ((kind[0] == 't' || kind[0] == 'c') && connect(fd, (void *)&to, sizeof(to)))
		return fail("connect");
	if (kind[0] == 'c' && send(fd, "?", 1, 0) < 0)
		return fail("send");
	if (kind[0] != 't' && kind[0] != 'c' &&
	    sendto(fd, &echo, sizeof(echo), 0, (void *)&to, sizeof(to)) < 0)
		return fail("sendto");
	live(us);
	return 0;
}

/* ---- many of them ---- */

static void wait_until(struct timespec *when, long ns)
{
	when->tv_nsec += ns;
	when->tv_sec += when->tv_nsec / 1000000000;
	when->tv_nsec %= 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, when, NULL) == EINTR)
		;
}

static int spawn(const char *kind, const char *address, int n, int rate, const char *us)
{
	pid_t *pid = calloc(n, sizeof(*pid));
	char program[4096] = "";
	struct in_addr to;
	struct timespec when;
	int error = 0;

	if (!pid || readlink("/proc/self/exe", program, sizeof(program) - 1) < 0 ||
	    inet_pton(AF_INET, address, &to) != 1)
		return fail("spawn");
	signal(SIGCHLD, SIG_IGN);
	clock_gettime(CLOCK_MONOTONIC, &when);
	for (int i = 0; i < n && !error; i++) {
		char text[INET_ADDRSTRLEN];
		char *words[] = { program, (char *)kind, text, (char *)us, NULL };

		inet_ntop(AF_INET, &to, text, sizeof(text));
		error = posix_spawn(&pid[i], program, NULL, NULL, words, NULL);
		to.s_addr = htonl(ntohl(to.s_addr) + 1);
		wait_until(&when, 1000000000 / rate);
	}
	for (int i = 0; i < n && !error; i++)
		printf("%d\n", pid[i]);
	free(pid);
	errno = error;
	return error ? fail("posix_spawn") : 0;
}

static int flood(const char *address, int n, int rate)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct timespec when, cpu;

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return fail("flood");
	clock_gettime(CLOCK_MONOTONIC, &when);
	for (int i = 0; i < n; i++) {
		if (sendto(fd, "?", 1, 0, (void *)&to, sizeof(to)) < 0)
			return fail("sendto");
		to.sin_addr.s_addr = htonl(ntohl(to.sin_addr.s_addr) + 1);
		if (rate)
			wait_until(&when, 1000000000 / rate);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	printf("%lld\n", (cpu.tv_sec * 1000000000LL + cpu.tv_nsec) / n);
	return 0;
}

static int serve(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct pollfd fd[] = {
		{ .fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN },
		{ .fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN },
	};
	char byte;

	for (int i = 0; i < 2; i++)
		if (fd[i].fd < 0 || bind(fd[i].fd, (void *)&at, sizeof(at)))
			return fail("bind");
	if (listen(fd[1].fd, 4096))
		return fail("listen");
	puts("ready");
	fflush(stdout);
	while (poll(fd, 2, -1) > 0) {
		if (fd[0].revents)
			recv(fd[0].fd, &byte, 1, 0);
		if (fd[1].revents)
			close(accept(fd[1].fd, NULL, NULL));
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc == 7 && !strcmp(argv[1], "spawn"))
		return spawn(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]), argv[6]);
	if (argc == 5 && !strcmp(argv[1], "flood"))
		return flood(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 4)
		return client(argv[1], argv[2], atol(argv[3]));
	fputs("usage: see the head of clients.c\n", stderr);
	return 2;
}
