// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/stop.c - how signals end the program.
 *
 * All handlers are async-signal-safe, and do not care which thread runs
 * them. A disposition that is not the default one stays: nohup ignores HUP,
 * sanitizers have handlers of their own.
 */
#include "lib/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#define FIRST_LOOK_MS	700	/* after this, what hangs in a write() is ended */
#define NEXT_LOOK_MS	100
#define LAST_LOOK	100	/* then whatever hangs: 10 s */
#define UNDO_TRIES	40
#define UNDO_MS		5
#define STACK_SIZE	65536

/* What asks for the end, and what the kernel would kill the program for. */
static const int asking[] = { SIGINT, SIGTERM, SIGHUP };
static const int killing[] = {
	SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGBUS, SIGSYS, SIGTRAP, SIGXCPU,
	SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT,
};
#define N_ASKING (sizeof(asking) / sizeof(asking[0]))
#define N_KILLING (sizeof(killing) / sizeof(killing[0]))

static struct {
	int fd;				/* readable: the end is asked for */
	atomic_bool asked;
	atomic_uint looks;
	atomic_flag killed;
	void (*give_back)(void);
} stop = { .fd = -1, .killed = ATOMIC_FLAG_INIT };

/* Written before fd is set. */
static struct {
	_Atomic int fd;			/* -1: none */
	struct termios before;
	char undo[256];
	size_t undo_len;
} terminal = { .fd = -1 };

/* ---- in signal handlers ---- */

/* Nothing more can be done where it fails. */
static void write_once(int fd, const void *data, size_t len)
{
	ssize_t n = write(fd, data, len);

	(void)n;
}

static bool takes_bytes(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) > 0;
}

/*
 * What waits to be read there can keep @undo from being written, also for a
 * moment after it is flushed: the kernel moves it from buffer to buffer. A
 * write that waits would hang here, since all signals are blocked.
 */
static void write_undo(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	size_t done = 0;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	for (int i = 0; i < UNDO_TRIES && done < terminal.undo_len; i++) {
		ssize_t n = write(fd, terminal.undo + done, terminal.undo_len - done);

		if (n > 0) {
			done += n;
			continue;
		}
		tcflush(fd, TCOFLUSH);
		done = 0;
		poll(NULL, 0, UNDO_MS);
	}
	fcntl(fd, F_SETFL, flags);
}

/* TCOON alone starts only what TCOOFF has stopped, not what ^S has. */
static void give_terminal_back(void)
{
	int fd = atomic_exchange(&terminal.fd, -1);

	if (fd < 0)
		return;
	tcflow(fd, TCOOFF);
	tcflow(fd, TCOON);
	write_undo(fd);
	tcsetattr(fd, TCSANOW, &terminal.before);
}

static void give_all_back(void)
{
	if (atomic_flag_test_and_set(&stop.killed))
		for (;;)
			pause();	/* another thread does it, and ends us */
	stop.give_back();
	give_terminal_back();
}

/* A system call, and nothing that RLIMIT_SIGPENDING could refuse, as timer_create(2). */
static void look_again(long ms)
{
	struct itimerval when = {
		.it_value = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 },
	};

	setitimer(ITIMER_REAL, &when, NULL);
}

/* Is main held up by somebody who does not read? Else it is just busy. */
static void look(void)
{
	int fd = atomic_load(&terminal.fd);

	if (takes_bytes(STDOUT_FILENO) && takes_bytes(STDERR_FILENO) &&
	    (fd < 0 || takes_bytes(fd)) && atomic_fetch_add(&stop.looks, 1) < LAST_LOOK) {
		look_again(NEXT_LOOK_MS);
		return;
	}
	give_all_back();
	_exit(1);
}

static void on_asked(int sig)
{
	int saved = errno;
	uint64_t one = 1;

	(void)sig;
	write_once(stop.fd, &one, sizeof(one));
	if (!atomic_exchange(&stop.asked, true))
		look_again(FIRST_LOOK_MS);
	errno = saved;
}

static void on_killed(int sig)
{
	int saved = errno;

	if (sig == SIGALRM && atomic_load(&stop.asked)) {
		look();
		errno = saved;
		return;
	}
	give_all_back();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* ---- for the program ---- */

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, was;

	sigfillset(&action.sa_mask);
	if (sigaction(sig, NULL, &was) == 0 && was.sa_handler == SIG_DFL)
		sigaction(sig, &action, NULL);
}

static void block_asking(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < N_ASKING; i++)
		sigaddset(&set, asking[i]);
	sigprocmask(how, &set, NULL);
}

/* A handler cannot run on a stack that has overflowed. */
static void use_other_stack(void)
{
	stack_t stack = { .ss_size = STACK_SIZE };
	static char room[STACK_SIZE];

	stack.ss_sp = room;
	sigaltstack(&stack, NULL);
}

int stop_open(void (*give_back)(void))
{
	block_asking(SIG_BLOCK);
	stop.give_back = give_back;
	stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop.fd < 0)
		return -errno;
	use_other_stack();
	for (unsigned i = 0; i < N_ASKING; i++)
		handle(asking[i], on_asked, SA_RESTART);
	for (unsigned i = 0; i < N_KILLING; i++)
		handle(killing[i], on_killed, SA_RESTART | SA_ONSTACK);
	return stop.fd;
}

void stop_listen(void)
{
	block_asking(SIG_UNBLOCK);
}

void stop_hold(void)
{
	block_asking(SIG_BLOCK);
}

void stop_keep_terminal(int fd, const struct termios *before, const char *undo)
{
	atomic_store(&terminal.fd, -1);
	terminal.before = *before;
	terminal.undo_len = snprintf(terminal.undo, sizeof(terminal.undo), "%s", undo);
	if (terminal.undo_len >= sizeof(terminal.undo))
		terminal.undo_len = 0;
	atomic_store(&terminal.fd, fd);
}

void stop_drop_terminal(void)
{
	atomic_store(&terminal.fd, -1);
}
