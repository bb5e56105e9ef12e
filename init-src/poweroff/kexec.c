// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec: loads another kernel by kexec_file_load(2), which needs CONFIG_KEXEC_FILE.
 * The options have the names of kexec-tools where they mean the same.
 */
#include "kexec.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"

#define CMDLINE_MAX	2048	/* COMMAND_LINE_SIZE on x86 */
#define NO_INITRAMFS	4	/* KEXEC_FILE_NO_INITRAMFS, linux/kexec.h */

struct request {
	const char *kernel, *initrd, *append;
	int reuse;		/* begin with the command line of this kernel */
};

const char kexec_words[] = " [-l] [KERNEL] [--initrd=FILE] [--append=TEXT] [--reuse-cmdline]";
const char kexec_options[] =
	"  -l, --load       only load KERNEL, a bzImage, and end nothing\n"
	"  --initrd=FILE    with this initramfs; the one inside of KERNEL needs no option\n"
	"  --append=TEXT    and with this command line\n"
	"  --reuse-cmdline  which begins with that of the kernel that runs now\n";

static int complain(const char *what, int err)
{
	pr_notice("%s: %s", what, err == -ENOSYS ? "this kernel lacks CONFIG_KEXEC_FILE" :
		  err == -EPERM ? "only root may do this, if the kernel allows it at all" :
		  err == -ENOEXEC ? "not a 64-bit bzImage that may lie anywhere (CONFIG_RELOCATABLE)" :
		  error_text(err));
	return 1;
}

static int load(const struct request *r)
{
	char cmdline[CMDLINE_MAX] = "";
	size_t len;
	int kernel, initrd = -1, err;

	if (r->reuse)
		read_file("/proc/cmdline", cmdline, sizeof(cmdline));
	len = strlen(cmdline);
	if (r->append)
		print_to(cmdline + len, sizeof(cmdline) - len, "%s%s", len ? " " : "", r->append);
	if (strlen(cmdline) == sizeof(cmdline) - 1) {
		pr_notice("the command line is too long: more than %d bytes", CMDLINE_MAX - 2);
		return 1;
	}
	kernel = k_open(r->kernel, O_RDONLY);
	if (kernel < 0)
		return complain(r->kernel, kernel);
	if (r->initrd) {
		initrd = k_open(r->initrd, O_RDONLY);
		if (initrd < 0)
			return complain(r->initrd, initrd);
	}
	err = K5(kexec_file_load, kernel, initrd, strlen(cmdline) + 1, cmdline,
		 r->initrd ? 0 : NO_INITRAMFS);
	return err < 0 ? complain(r->kernel, err) : 0;
}

static int is_loaded(void)
{
	char text[4];

	/* Without sysfs this is unknown; then reboot(2) fails if there is none. */
	return read_file("/sys/kernel/kexec_loaded", text, sizeof(text)) < 0 || text[0] == '1';
}

/* Return what follows @name in @word, "--name=value"; or NULL. */
static const char *value_of(const char *word, const char *name)
{
	return starts_with(word, name) ? word + strlen(name) : NULL;
}

int kexec_prepare(char **argv)
{
	struct request r = { 0 };
	const char *value;
	int only_load = 0;

	for (; *argv; argv++) {
		if (!strcmp(*argv, "-l") || !strcmp(*argv, "--load"))
			only_load = 1;
		else if (!strcmp(*argv, "--reuse-cmdline"))
			r.reuse = 1;
		else if ((value = value_of(*argv, "--initrd=")))
			r.initrd = value;
		else if ((value = value_of(*argv, "--append=")))
			r.append = value;
		else if (**argv != '-' && !r.kernel)
			r.kernel = *argv;
		else
			break;
	}
	if (*argv || (!r.kernel && (only_load || r.initrd || r.append || r.reuse))) {
		pr_notice("%s%s%s, see kexec --help", *argv ? "unknown word '" : "no KERNEL",
			  *argv ? *argv : "", *argv ? "'" : "");
		return -2;
	}
	if (r.kernel && load(&r))
		return -1;
	if (only_load)
		return 0;
	if (!is_loaded()) {
		pr_notice("no kernel is loaded: give one, see kexec --help");
		return -1;
	}
	return 1;
}
