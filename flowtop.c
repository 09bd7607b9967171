/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flowtop - a top of the connections that the kernel tracks.
 *
 * This file starts and stops everything. The path of the data, from the
 * kernel to the screen:
 *
 *   ct.c                     source thread: conntrack messages (netlink)
 *     └─> flow_list.c        the table, under RCU: one writer, many readers
 *           ├─> enrich.c     worker thread: who and where, beside the path
 *           │     ├─ proc_pid.c  the local process of a flow
 *           │     ├─ dns.c       reverse names (a thread of its own)
 *           │     ├─ geoip.c     countries, cities, networks
 *           │     └─> facts.c    what they found, shared by flows
 *           └─> view.c       view thread: filter, sort, group, window
 *                 ├─ column.c    THE field table: columns, keys, fields, JSON
 *                 ├─ filter.c    the filter language
 *                 ├─> ui.c       main thread: the screen (all of curses)
 *                 └─> batch.c    main thread: text, JSON Lines, CSV
 *
 * Beside the path: conf.c options; track.c sysctls and the rule of --track;
 * host_addr.c this host's addresses; action.c delete, close, signal; service.c
 * ports; label.c labels; json.c and classic.c a flow in those shapes. lib/
 * knows nothing of flows: addresses, text, protocols, clocks, hashes, files,
 * netlink, rights.
 *
 * NAME.c is a room's face, NAME.h its manual, NAME/ holds its inner parts.
 *
 * Only main gets signals; lib/stop.c turns those that end the program into a
 * descriptor, and sees to it that it ends.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <urcu.h>

#include "batch.h"
#include "conf.h"
#include "ct.h"
#include "enrich.h"
#include "facts.h"
#include "flow_list.h"
#include "geoip.h"
#include "label.h"
#include "lib/addr.h"
#include "lib/netns_watch.h"
#include "lib/priv.h"
#include "lib/stop.h"
#include "lib/text.h"
#include "service.h"
#include "track.h"
#include "ui.h"
#include "view.h"
#include "who_ring.h"

#define STACK_LEAST (1 << 20)
#define ONCE_BUDGET 0.1		/* percent */
#define NETNS_LOOK_MS 1000	/* between looks for a namespace that was deleted */
#define LOG_EVENTS (1u << 18)	/* that may wait for the reader of --events */

/* What runs, in the order in which it was started. */
struct program {
	struct conf conf;
	enum conf_output output;
	int stop_fd;			/* readable: a signal asked for the end */
	int signal_fd;			/* the screen's signals; -1: no screen */
	int home_fd;			/* our own namespace; -1: we stay in it */
	int netns_fd;			/* the other one; -1: none */
	struct netns_watch *netns;	/* NULL: it is not watched */
	struct view_spec spec;
	struct flow_list *table;
	struct who_ring *who;		/* NULL: not wanted */
	struct ct *ct;
	struct geoip *geo;		/* NULL: not wanted; then the enricher's */
	char geo_problem[256];
	struct enrich *enrich;
	struct view *view;
};

/* ---- what the options ask for ---- */

static unsigned conf_families(const struct conf *c)
{
	unsigned families = (c->ipv4 ? FAMILY_V4 : 0) | (c->ipv6 ? FAMILY_V6 : 0);

	return families ? families : FAMILY_BOTH;
}

static struct proto_set conf_proto_set(const struct conf *c)
{
	struct proto_set set = { { 0 } };

	for (int l4 = 0; l4 < 256; l4++)
		if (conf_wants_proto(c, l4))
			proto_set_add(&set, l4);
	return set;
}

static struct filter *conf_parse_filter(const struct conf *c)
{
	struct filter_error error;
	struct filter *f;

	if (!c->filter)
		return NULL;
	f = filter_parse(c->filter, &error);
	/* on the screen it may be meant for another view */
	if (!f || (conf_output(c) != OUTPUT_SCREEN && !filter_fits(f, c->group, &error)))
		conf_filter_error(c->filter, error.at, error.text);
	return f;
}

/*
 * --sort is for flows, groups or both; at least one of them must have its fields.
 * --group-sort is for groups alone.
 */
static void conf_sort(const struct conf *c, struct view_spec *spec)
{
	bool groups = c->group || c->group_sort || conf_output(c) == OUTPUT_SCREEN;
	const char *text = c->sort ? c->sort : "state";
	const char *group_text = c->group_sort ? c->group_sort : text;
	char error[128], group_error[128];
	int n = sort_parse(text, false, spec->sort, error, sizeof(error));
	int n_group = groups ? sort_parse(group_text, true, spec->group_sort, group_error,
					  sizeof(group_error)) : -1;

	if (c->group_sort && n_group < 0)
		conf_usage_error("--group-sort: %s", group_error);
	if (n < 0 && (n_group < 0 || c->group_sort))
		conf_usage_error("--sort: %s", error);
	if (n < 0)
		n = sort_parse("state", false, spec->sort, error, sizeof(error));
	if (n_group < 0)
		n_group = sort_parse("flows", true, spec->group_sort, error, sizeof(error));
	spec->sorts = n;
	spec->group_sorts = n_group;
}

static void spec_init(struct view_spec *spec, const struct conf *c)
{
	spec->families = conf_families(c);
	spec->protos = conf_proto_set(c);
	spec->filter = conf_parse_filter(c);
	spec->ended = c->linger > 0;
	spec->no_loopback = c->no_loopback;
	spec->self = c->self;
	spec->group = c->group ? column_find_group(c->group) : NULL;
	if (c->group && !spec->group)
		conf_usage_error("--group: flows cannot be grouped by '%s'", c->group);
	if (c->events && (c->group || c->once))
		conf_usage_error("--events prints no pages: it goes neither with --group nor with "
				 "--once");
	conf_sort(c, spec);
}

/*
 * What the kernel is asked for. On the screen the filter can be changed, so
 * only the options narrow it down there.
 */
static void narrow(const struct program *p, unsigned *families, struct proto_set *protos)
{
	struct proto_set of_filter;
	unsigned mask;

	*families = p->spec.families;
	*protos = p->spec.protos;
	if (p->output == OUTPUT_SCREEN || !p->spec.filter)
		return;
	filter_pushdown(p->spec.filter, &mask, &of_filter);
	if (*families & mask)
		*families &= mask;
	if (proto_set_is_empty(protos))
		*protos = of_filter;
}

/* ---- start ---- */

/* The sentence has words of the command line in it. */
static void warn_with(const char *sentence)
{
	char clean[1024];

	text_sanitise(clean, sizeof(clean), sentence, strlen(sentence));
	warnx("%s", clean);
}

/* The same, and ends the program. */
static void fail_with(const char *sentence)
{
	char clean[1024];

	text_sanitise(clean, sizeof(clean), sentence, strlen(sentence));
	errx(1, "%s", clean);
}

/* The signals of a terminal, for the screen alone; blocked before threads start. */
static int screen_signals_open(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		err(1, "signalfd");
	return fd;
}

/* By default threads get RLIMIT_STACK bytes, which may be too little. */
static void stacks_prepare(void)
{
	pthread_attr_t attr;
	size_t size;

	if (pthread_getattr_default_np(&attr))
		return;
	if (!pthread_attr_getstacksize(&attr, &size) && size < STACK_LEAST &&
	    !pthread_attr_setstacksize(&attr, STACK_LEAST))
		pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
}

/* A reader that left, or a file that may not grow, is an error of write(2). */
static void signals_open(struct program *p)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	p->stop_fd = stop_open(track_sysctl_restore);
	if (p->stop_fd < 0)
		errx(1, "signals: %s", strerror(-p->stop_fd));
	if (p->output == OUTPUT_SCREEN)
		p->signal_fd = screen_signals_open();
}

/* A single page is made before anything is gone. */
static void watch_netns(struct program *p)
{
	if (p->conf.once)
		return;
	p->netns = netns_watch_new(p->conf.netns, p->netns_fd, p->stop_fd);
	if (!p->netns)
		err(1, "--netns");
}

static void enter_netns(struct program *p)
{
	char error[256];

	if (!p->conf.netns)
		return;
	if (p->netns_fd < 0)
		p->netns_fd = priv_enter_netns(p->conf.netns, error, sizeof(error));
	if (p->netns_fd < 0)
		fail_with(error);
	watch_netns(p);
}

/* Each of these is put back by give_back(), on every way out but SIGKILL. */
static void make_kernel_track(const struct conf *c)
{
	int error;

	if (c->track && (track_by_flowtop() || track_probe(NULL) != 1)) {
		error = track_rule_add();
		if (error)
			warnx("--track: cannot add a rule that makes the kernel track: %s",
			      strerror(-error));
		else if (c->once)
			warnx("no rule made the kernel track connections before --track added "
			      "one: only what has traffic from now on is shown");
	}
	if (!c->once && !c->no_sysctl)
		track_sysctl_on();
}

static void give_back(void)
{
	track_sysctl_restore();
	track_rule_remove();
}

static void source_start(struct program *p)
{
	struct ct_options o = {
		/* one page takes one dump, and a second one on request */
		.interval = p->conf.delay, .budget = p->conf.once ? ONCE_BUDGET : p->conf.budget,
		.rcvbuf_max = p->conf.rcvbuf_max,
	};
	struct addr_nets inside = { .n = 0 };
	uint64_t count = 0, max;
	int error;

	if (p->conf.inside)
		addr_nets_parse(p->conf.inside, &inside);
	o.inside = &inside;
	narrow(p, &o.families, &o.protos);
	ct_count(&count, &max);
	p->table = flow_list_new(count, p->conf.events ? 0 : p->conf.linger * 1000);
	if (!p->table || (p->conf.events && flow_list_log_open(p->table, LOG_EVENTS)))
		err(1, "flow table");
	o.table = p->table;
	/* a single page shows flows that were there before */
	p->who = p->conf.no_perf || p->conf.once ? NULL : who_ring_new();
	o.who = p->who;
	p->ct = ct_open(&o);
	if (!p->ct)
		err(1, "conntrack (is nf_conntrack_netlink there?)");
	error = ct_start(p->ct);
	if (error)
		errx(1, "source thread: %s", strerror(-error));
}

static void enrich_begin(struct program *p)
{
	struct enrich_options o = {
		.table = p->table, .names = !p->conf.numeric, .perf = !p->conf.no_perf,
		.hurry = p->conf.once, .who = p->who, .geo = p->geo, .geo_problem = p->geo_problem,
		.netns_fd = p->netns_fd,
	};

	p->enrich = enrich_start(&o);
	if (!p->enrich)
		err(1, "looking up processes, names and places");
}

/* A file that was asked for and cannot be used is an error; others are just not there. */
static void open_places(struct program *p)
{
	if (p->conf.no_geoip)
		return;
	p->geo = geoip_open(p->conf.geoip, p->geo_problem, sizeof(p->geo_problem));
	if (!p->geo)
		err(1, "places");
	if (p->conf.geoip[0] && p->geo_problem[0])
		errx(1, "--geoip %s", p->geo_problem);
}

/*
 * Threads stay in the namespace that they began in, and keep it: the one that
 * frees what readers have left must begin here.
 */
static void stay_at_home(struct program *p)
{
	if (!p->conf.netns)
		return;
	get_default_call_rcu_data();
	p->home_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* Once, before any namespace is entered. */
static void start(struct program *p)
{
	stacks_prepare();
	signals_open(p);
	rcu_register_thread();
	if (facts_init())
		err(1, "start");
	stay_at_home(p);
	atexit(give_back);
}

/* What is of one namespace, and begins again where another takes its name. */
static void watch_begin(struct program *p)
{
	char lacks[512];

	enter_netns(p);
	if (priv_lacks(lacks, sizeof(lacks)))
		fail_with(lacks);
	open_places(p);
	make_kernel_track(&p->conf);
	source_start(p);
	enrich_begin(p);
	p->view = view_new(p->table);
	if (!p->view)
		err(1, "view");
}

/* ---- work ---- */

static int end_fd(const struct program *p)
{
	return p->netns ? netns_watch_fd(p->netns) : p->stop_fd;
}

static int show(struct program *p)
{
	struct ui_options o = {
		.conf = &p->conf, .view = p->view, .spec = p->spec, .ct = p->ct,
		.enrich = p->enrich, .stop_fd = end_fd(p), .signal_fd = p->signal_fd,
	};
	int error = view_start(p->view, p->conf.delay);

	if (error)
		errx(1, "view thread: %s", strerror(-error));
	stop_listen();
	return ui_run(&o);
}

static int print(struct program *p)
{
	struct batch_options o = {
		.conf = &p->conf, .table = p->table, .view = p->view, .ct = p->ct,
		.enrich = p->enrich, .spec = p->spec, .stop_fd = end_fd(p),
	};

	stop_listen();
	return batch_run(&o);
}

static int work(struct program *p)
{
	return p->output == OUTPUT_SCREEN ? show(p) : print(p);
}

/* ---- a namespace that was deleted ---- */

static bool is_gone(const struct program *p)
{
	struct pollfd asked = { .fd = p->stop_fd, .events = POLLIN };

	return p->netns && netns_watch_is_gone(p->netns) && poll(&asked, 1, 0) == 0;
}

/* Nothing of ours is in it from now on, so that the kernel can free it. */
static void let_go(struct program *p)
{
	give_back();
	if (setns(p->home_fd, CLONE_NEWNET) < 0)
		err(1, "network namespace: the way back");
	close(p->netns_fd);
	p->netns_fd = -1;
}

/* And enters that. False: a signal asked for the end. */
static bool wait_for_another(struct program *p)
{
	struct pollfd asked = { .fd = p->stop_fd, .events = POLLIN };
	char sentence[512], error[256];

	snprintf(sentence, sizeof(sentence), "network namespace %s was deleted: flowtop goes on "
		 "when there is one of that name again", p->conf.netns);
	warn_with(sentence);
	while (p->netns_fd < 0 && poll(&asked, 1, NETNS_LOOK_MS) <= 0)
		p->netns_fd = priv_enter_netns(p->conf.netns, error, sizeof(error));
	stop_hold();
	return p->netns_fd >= 0;
}

/* ---- stop: as started, backwards; the rest is in give_back() ---- */

static void watch_end(struct program *p)
{
	ct_stop(p->ct);
	enrich_stop(p->enrich);
	view_free(p->view);
	ct_close(p->ct);
	who_ring_free(p->who);
	flow_list_free(p->table);
	netns_watch_free(p->netns);
	p->netns = NULL;
}

static void stop(struct program *p)
{
	filter_unref(p->spec.filter);
	service_free();
	facts_free();
	rcu_unregister_thread();
	if (p->netns_fd >= 0)
		close(p->netns_fd);
	if (p->home_fd >= 0)
		close(p->home_fd);
	if (p->signal_fd >= 0)
		close(p->signal_fd);
}

/*
 * Where a standard descriptor is closed, the next file or socket would get
 * its number, and a page be written to that. Reading only: then writing says
 * that it cannot.
 */
static void fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * Only whether the user's locale is UTF-8 counts. In a locale with other rules
 * for upper case (Turkish), regular expressions would follow these.
 */
static void locale_set(void)
{
	setlocale(LC_CTYPE, "");
	if (!strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");	/* JSON, options and files: a decimal point, not a comma */
}

int main(int argc, char **argv)
{
	struct program p = { .signal_fd = -1, .home_fd = -1, .netns_fd = -1 };
	int status;
	bool gone;

	priv_clean_environment();
	program_invocation_short_name = (char *)"flowtop";	/* whatever it is called as */
	fill_standard_fds();
	locale_set();
	conf_read(&p.conf, argc, argv);
	p.output = conf_output(&p.conf);
	if (service_init())	/* a filter may name services, and labels */
		err(1, "start");
	label_init();
	spec_init(&p.spec, &p.conf);

	start(&p);
	do {
		watch_begin(&p);
		status = work(&p);
		gone = is_gone(&p);
		watch_end(&p);
		if (gone)
			let_go(&p);
	} while (gone && !status && wait_for_another(&p));
	stop(&p);
	return status;
}
