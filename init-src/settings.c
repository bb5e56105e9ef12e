// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of a service file that concern the process of the service. PID 1 checks
 * each when it reads the file, and the child applies them: first what needs root,
 * then the user, and last what cannot be taken back.
 */
#include <linux/capability.h>
#include <linux/prctl.h>
#include "cgroup.h"
#include "env.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "settings.h"
#include "users.h"

#define GROUPS_MAX	64
#define K_PRIO_PROCESS	0	/* linux/resource.h clashes with nolibc of 6.1 */

/* The resources of setrlimit(2), in the order of asm-generic/resource.h. */
static const char limit_names[] =
	"cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice "
	"rtprio rttime";

/* The capabilities, in the order of linux/capability.h. */
static const char capability_names[] =
	"chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap "
	"linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner "
	"sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice "
	"sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap "
	"mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf "
	"checkpoint_restore";

struct credentials {
	struct user user;
	int has_user, has_groups, has_capabilities, no_new_privs;
	__u32 groups[GROUPS_MAX];
	int groups_count;
	__u64 capabilities;
};

/* Return the octal number @text, or -EINVAL. */
static long octal(const char *text)
{
	long n = 0;

	do {
		if (*text < '0' || *text > '7' || n > 0777)
			return -EINVAL;
		n = n * 8 + *text - '0';
	} while (*++text);
	return n;
}

/* Read the number @text, which may be negative, from @low to @high, into @n. */
static int integer(const char *text, long low, long high, long *n)
{
	int minus = *text == '-';

	*n = words_number(text + minus);
	if (*n < 0)
		return -EINVAL;
	*n = minus ? -*n : *n;
	return *n < low || *n > high ? -EINVAL : 0;
}

/* Split @value at blanks, as words_split() does, in @text. -E2BIG if it does not fit. */
static int split(char *text, size_t size, const char *value, char **words, int max)
{
	return strlen(value) < size ? words_split(print_to(text, size, "%s", value), words, max) :
	       -E2BIG;
}

/*
 * Each set_KEY() checks the value of one key and, with @apply, applies it to this
 * process or notes it in @cred. Returns 0, or -errno.
 */
static int set_user(struct credentials *cred, const char *value, int apply)
{
	cred->has_user = 1;
	return apply ? user_find(&cred->user, value) : *value ? 0 : -EINVAL;
}

static int set_groups(struct credentials *cred, const char *value, int apply)
{
	char text[512], *name[GROUPS_MAX + 1];
	int i, count = split(text, sizeof(text), value, name, GROUPS_MAX);
	long gid;

	cred->has_groups = 1;
	for (i = 0; apply && i < count; i++) {
		gid = group_find(name[i]);
		if (gid < 0)
			return gid;
		if (cred->groups_count == GROUPS_MAX)
			return -E2BIG;
		cred->groups[cred->groups_count++] = gid;
	}
	return count < 0 ? count : 0;
}

static int set_directory(struct credentials *cred, const char *value, int apply)
{
	return apply ? k_chdir(value) : *value == '/' ? 0 : -EINVAL;
}

static int set_env(struct credentials *cred, const char *value, int apply)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		return -EINVAL;
	return apply ? env_set(value) : 0;
}

static int set_umask(struct credentials *cred, const char *value, int apply)
{
	long mask = octal(value);

	if (mask >= 0 && apply)
		k_umask(mask);
	return mask < 0 ? mask : 0;
}

static int set_nice(struct credentials *cred, const char *value, int apply)
{
	long n;
	int err = integer(value, -20, 19, &n);

	return err || !apply ? err : K3(setpriority, K_PRIO_PROCESS, 0, n);
}

/* Read a limit of 64 bits. Returns 0, or -EINVAL. */
static int one_limit(const char *text, __u64 *limit)
{
	const __u64 most = ~(__u64)0;
	long n = words_number(text);

	*limit = !strcmp(text, "unlimited") ? most : n < 0 ? 0 : (__u64)n;
	if (*limit || n == 0)
		return 0;
	do {
		if (*text < '0' || *text > '9' || *limit > most / 10 - 1)
			return -EINVAL;
		*limit = *limit * 10 + *text - '0';
	} while (*++text);
	return 0;
}

/* limit=NAME:SOFT[:HARD] */
static int set_limit(struct credentials *cred, const char *value, int apply)
{
	struct {
		__u64 now, most;	/* struct rlimit64 */
	} limit;
	char text[64], *soft, *hard;
	int which;

	soft = strchr(print_to(text, sizeof(text), "%s", value), ':');
	if (!soft || strlen(value) >= sizeof(text))
		return -EINVAL;
	*soft++ = '\0';
	hard = strchr(soft, ':');
	if (hard)
		*hard++ = '\0';
	which = words_index(limit_names, text);
	if (which < 0 || one_limit(soft, &limit.now) ||
	    one_limit(hard ? hard : soft, &limit.most) || limit.now > limit.most)
		return -EINVAL;
	return apply ? K4(prlimit64, 0, which, &limit, NULL) : 0;
}

static int set_oom(struct credentials *cred, const char *value, int apply)
{
	long n, ret;
	int fd, err = integer(value, -1000, 1000, &n);

	if (err || !apply)
		return err;
	fd = k_open("/proc/self/oom_score_adj", O_WRONLY);
	ret = fd < 0 ? fd : k_write(fd, value, strlen(value));
	return ret < 0 ? ret : 0;
}

/* log=/PATH, kmsg or null: where stdout and stderr go. */
static int set_log(struct credentials *cred, const char *value, int apply)
{
	const char *path = !strcmp(value, "kmsg") ? "/dev/kmsg" :
			   !strcmp(value, "null") ? "/dev/null" : value;
	int fd;

	if (*path != '/')
		return -EINVAL;
	if (!apply)
		return 0;
	fd = K4(openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0640);
	if (fd < 0)
		return fd;
	k_dup2(fd, 1);
	return k_dup2(fd, 2) < 0 ? -EIO : 0;
}

static int set_no_new_privs(struct credentials *cred, const char *value, int apply)
{
	cred->no_new_privs = words_index("no yes", value);
	return cred->no_new_privs < 0 ? -EINVAL : 0;
}

/* Return the number of the capability @name, which may be a number itself; or -EINVAL. */
static int capability_find(const char *name)
{
	int n = words_index(capability_names, name);

	if (n < 0)
		n = words_number(name);
	return n > 63 ? -EINVAL : n;
}

static int set_capabilities(struct credentials *cred, const char *value, int apply)
{
	char text[1024], *name[WORDS_MAX];
	int i, n, count = split(text, sizeof(text), value, name, WORDS_MAX);

	for (i = 0; i < count; i++) {
		n = capability_find(name[i]);
		if (n < 0 || (apply && K2(prctl, PR_CAPBSET_READ, n) < 0))
			return -EINVAL;
		cred->capabilities |= (__u64)1 << n;
	}
	cred->has_capabilities = 1;
	return count < 0 ? count : 0;
}

/* In the order in which they are applied: env= may change what user= has set. */
static const char setting_keys[] =
	"user env umask nice limit oom_score_adj log directory groups capabilities no_new_privs";
static int (*const setting_set[])(struct credentials *cred, const char *value, int apply) = {
	set_user, set_env, set_umask, set_nice, set_limit, set_oom, set_log, set_directory,
	set_groups, set_capabilities, set_no_new_privs,
};

int setting_check(const char *key, const char *value)
{
	struct credentials nobody = { 0 };
	int i = words_index(setting_keys, key);

	return i < 0 ? cgroup_check(key, value) : setting_set[i](&nobody, value, 0);
}

/*
 * Keep the capabilities @keep over execve() of an ordinary file, which needs them in the
 * ambient set (capabilities(7), "Transformation of capabilities during execve").
 */
static int keep_capabilities(__u64 keep)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int i, err;

	for (i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = data[i].inheritable = keep >> (32 * i);
	err = K2(capset, &header, data);
	for (i = 0; !err && i < 64; i++)
		if (keep >> i & 1)
			err = K5(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
	return err;
}

static int credentials_take(struct credentials *cred)
{
	int i, err = 0;

	if (cred->has_capabilities) {
		/* The kernel returns EINVAL after the last one that it knows. */
		for (i = 0; i < 64 && !err; i++)
			if (!(cred->capabilities >> i & 1))
				err = K2(prctl, PR_CAPBSET_DROP, i);
		if (i > 1 && err == -EINVAL)
			err = 0;
		if (!err)
			err = K2(prctl, PR_SET_KEEPCAPS, 1);
	}
	if (cred->has_user && !cred->has_groups && *cred->user.name)
		cred->groups_count = groups_of(cred->user.name, cred->groups, GROUPS_MAX);
	if (!err && (cred->has_user || cred->has_groups))
		err = K2(setgroups, cred->groups_count, cred->groups);
	if (!err && cred->has_user)
		err = K3(setresgid, cred->user.gid, cred->user.gid, cred->user.gid);
	if (!err && cred->has_user)
		err = K3(setresuid, cred->user.uid, cred->user.uid, cred->user.uid);
	if (!err && cred->has_capabilities)
		err = keep_capabilities(cred->capabilities);
	if (!err && cred->no_new_privs)
		err = K5(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return err;
}

int settings_apply(const char *settings, const char **what)
{
	struct credentials cred = { 0 };
	const char *line, *value;
	char key[32];		/* setting_check() has found it, so it is not longer */
	int i, err;

	/* In the order of setting_keys[], whatever the order of the lines. */
	for (i = 0; i < (int)COUNT(setting_set); i++) {
		for (line = settings; *line; line += strlen(line) + 1) {
			value = strchr(line, '=') + 1;
			print_to(key, value - line, "%s", line);
			if (words_index(setting_keys, key) != i)
				continue;
			*what = line;
			err = setting_set[i](&cred, value, 1);
			if (err < 0)
				return err;
		}
	}
	*what = "user, groups or capabilities";
	err = credentials_take(&cred);
	if (!err)
		*what = NULL;
	return err;
}
