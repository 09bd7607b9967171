// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * track/sysctl.c - switches accounting and timestamps on, and back; see
 * track.h.
 *
 * All flowtops of a network namespace share its sysctls, whoever runs them.
 * Each tells the others what it needs (track/holders.h):
 *
 *	ACCT, TIMESTAMP		this sysctl was switched on by a flowtop, and
 *				is needed
 *	RECORD			somebody looks after the record
 *
 * One at a time looks and changes, as long as nobody else keeps the lock for
 * that, flock(2) on the namespace, which every user can take. The last to
 * leave puts the sysctl back, also where another flowtop switched it on. A
 * value that somebody else wrote meanwhile (inotify(7)) is not changed.
 *
 * The record, /run/flowtop/INODE, is for a flowtop that is killed. It says
 * what to put back, for the next flowtop:
 *
 *	AT COOKIE\n	A, T: '1' where acct, timestamp were switched on
 *
 * The cookie (SO_NETNS_COOKIE) tells a namespace from a later one with the
 * same inode number. A mark is written before the sysctl is.
 */
#include "track.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/file.h"
#include "track/holders.h"

#define RECORD_DIR "/run/flowtop"
#define GATE_TRIES 50		/* of GATE_MS: another user cannot stop us for good */
#define GATE_MS 2

enum { ACCT, TIMESTAMP, N_SYSCTLS, RECORD = N_SYSCTLS };	/* bits of holders, too */

static const char *const sysctl_path[N_SYSCTLS] = {
	[ACCT] = "/proc/sys/net/netfilter/nf_conntrack_acct",
	[TIMESTAMP] = "/proc/sys/net/netfilter/nf_conntrack_timestamp",
};

/*
 * Static, since a signal handler may be who puts back: on a thread that is in
 * another namespace just then, or with no descriptor left to open.
 */
static struct {
	int netns;			/* the namespace; -1: nothing was switched on */
	struct holders holders;
	int sysctl[N_SYSCTLS];		/* to write to, or -errno */
	int watch;			/* inotify; -1: not available */
	int watched[N_SYSCTLS];		/* watch descriptors */
	bool ours[N_SYSCTLS];		/* switched on by a flowtop */
	char record[64];		/* path; "": none is kept */
} claim = { .netns = -1, .watch = -1, .holders = HOLDERS_CLOSED, .sysctl = { -1, -1 } };

/* 0, 1 or -errno. */
static int sysctl_get(int which)
{
	int64_t value = file_number(sysctl_path[which]);

	return value < 0 ? value : !!value;
}

static int sysctl_set(int which, char value)
{
	return pwrite(claim.sysctl[which], &value, 1, 0) < 0 ? -errno : 0;
}

/* ---- what the flowtops know of one another ---- */

/* A lock that is held too long is not waited for. */
static void gate_close(void)
{
	for (int i = 0; i < GATE_TRIES && flock(claim.netns, LOCK_EX | LOCK_NB) < 0; i++)
		poll(NULL, 0, GATE_MS);
}

static void gate_open(void)
{
	flock(claim.netns, LOCK_UN);
}

static int tell_needs(void)
{
	unsigned needs = claim.record[0] ? 1u << RECORD : 0;

	for (int i = 0; i < N_SYSCTLS; i++)
		if (claim.ours[i])
			needs |= 1u << i;
	return holders_say(&claim.holders, needs);
}

/* ---- the record ---- */

static uint64_t netns_cookie(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		cookie = 0;	/* before Linux 5.14 */
	close(fd);
	return cookie;
}

/* Whoever may write there may write the sysctls. */
static bool record_is_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 022) &&
	       (st.st_uid == 0 || st.st_uid == geteuid());
}

/* What a flowtop of this namespace left; all false without a record. */
static void record_read(bool marks[N_SYSCTLS])
{
	int fd = open(claim.record, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char wanted[32], found[sizeof(wanted)] = "";
	int len = snprintf(wanted, sizeof(wanted), "00 %016" PRIx64 "\n", netns_cookie());
	bool is_valid = fd >= 0 && record_is_trusted(fd) &&
			read(fd, found, sizeof(found) - 1) == len &&
			!strcmp(found + N_SYSCTLS, wanted + N_SYSCTLS);

	for (int i = 0; i < N_SYSCTLS; i++)
		marks[i] = is_valid && found[i] == '1';
	if (fd >= 0)
		close(fd);
}

/* Who cannot write the record keeps none: the path is emptied. */
static void record_write(void)
{
	char text[32];
	int fd, len;

	len = snprintf(text, sizeof(text), "%d%d %016" PRIx64 "\n", claim.ours[ACCT],
		       claim.ours[TIMESTAMP], netns_cookie());
	mkdir(RECORD_DIR, 0755);
	fd = open(claim.record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || write(fd, text, len) != len) {
		if (fd >= 0)
			unlink(claim.record);	/* half a record is ignored */
		claim.record[0] = '\0';
	}
	if (fd >= 0)
		close(fd);
}

/* ---- on and back ---- */

/* Is it on because of a flowtop? @left: one that was killed left it on. */
static bool is_switched_by_us(int which, bool left, unsigned others)
{
	int value = sysctl_get(which);

	if (claim.sysctl[which] < 0)
		return false;
	return value == 0 || (value == 1 && (left || others & 1u << which));
}

/*
 * A user whom the program file gives the right to switch may have used up the
 * watches: what the administrator writes meanwhile would be switched off.
 */
static int switch_on(int which)
{
	int ret = sysctl_get(which);
	bool was_off = ret == 0;

	if (ret == 0)
		ret = claim.ours[which] ? sysctl_set(which, '1') : claim.sysctl[which];
	if (ret < 0)
		claim.ours[which] = false;
	if (!claim.ours[which])
		return ret < 0 ? ret : 0;
	claim.watched[which] = inotify_add_watch(claim.watch, sysctl_path[which], IN_MODIFY);
	if (claim.watched[which] >= 0 || !getauxval(AT_SECURE))
		return 0;
	if (was_off)
		sysctl_set(which, '0');
	claim.ours[which] = false;
	return -EPERM;
}

static void claim_close(void)
{
	holders_close(&claim.holders);
	for (int i = 0; i < N_SYSCTLS; i++) {
		if (claim.sysctl[i] >= 0)
			close(claim.sysctl[i]);
		claim.sysctl[i] = -1;
		claim.ours[i] = false;
		claim.watched[i] = 0;
	}
	if (claim.watch >= 0)
		close(claim.watch);
	close(claim.netns);	/* and its lock */
	claim.netns = claim.watch = -1;
}

static int claim_open(void)
{
	struct stat st;
	int error;

	claim.netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (claim.netns < 0)
		return -errno;
	error = fstat(claim.netns, &st) < 0 ? -errno : holders_open(&claim.holders);
	if (error) {
		claim_close();
		return error;
	}
	for (int i = 0; i < N_SYSCTLS; i++) {
		claim.sysctl[i] = open(sysctl_path[i], O_WRONLY | O_CLOEXEC);
		if (claim.sysctl[i] < 0)
			claim.sysctl[i] = -errno;
	}
	claim.watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(claim.record, sizeof(claim.record), RECORD_DIR "/%ju", (uintmax_t)st.st_ino);
	return 0;
}

/* What is needed is said before it is switched on, and taken back where that fails. */
static int claim_needs(void)
{
	int error = tell_needs(), acct, timestamp;

	if (error)	/* the others would not know */
		claim.ours[ACCT] = claim.ours[TIMESTAMP] = false;
	acct = switch_on(ACCT);
	timestamp = switch_on(TIMESTAMP);
	if (error)
		return error;
	if (acct || timestamp)
		tell_needs();
	if (acct)
		return acct;
	return timestamp == -ENOENT ? 0 : timestamp;	/* a kernel may lack it */
}

int track_sysctl_on(void)
{
	bool left[N_SYSCTLS];
	unsigned others;
	int ret;

	if (claim.netns >= 0)
		return 0;
	ret = claim_open();
	if (ret)
		return ret;
	gate_close();
	others = holders_others(&claim.holders);
	record_read(left);
	for (int i = 0; i < N_SYSCTLS; i++)
		claim.ours[i] = is_switched_by_us(i, left[i], others);
	record_write();
	ret = claim_needs();
	gate_open();
	return ret;
}

/* What somebody else wrote is no longer ours to put back. */
static void disown_what_was_written(void)
{
	char buf[1024] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *e;
	ssize_t len;

	while (claim.watch >= 0 && (len = read(claim.watch, buf, sizeof(buf))) > 0)
		for (const char *at = buf; at < buf + len; at += sizeof(*e) + e->len) {
			e = (const void *)at;
			for (int i = 0; i < N_SYSCTLS; i++)
				if (claim.watched[i] == e->wd)
					claim.ours[i] = false;
		}
}

/* Two that leave without the gate put back both. */
void track_sysctl_restore(void)
{
	unsigned others;

	if (claim.netns < 0)
		return;
	gate_close();
	disown_what_was_written();
	holders_leave(&claim.holders);
	others = holders_others(&claim.holders);
	for (int i = 0; i < N_SYSCTLS; i++)
		if (claim.ours[i] && !(others & 1u << i))
			sysctl_set(i, '0');
	if (claim.record[0] && !(others & 1u << RECORD))
		unlink(claim.record);
	claim_close();
}
