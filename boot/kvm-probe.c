// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-probe - does KVM really run code on this machine?
 *
 * A /dev/kvm that opens proves nothing: inside some virtual machines it
 * makes a guest that hangs, or that lacks instructions a kernel needs. So
 * run the smallest guest that says yes: one CPU in long mode with paging
 * that executes `lock cmpxchg16b` on memory and then `hlt`.
 *
 * Prints one line and exits 0 only for the first:
 *	works
 *	broken: WHY	opens, but does not run the guest
 *	absent: WHY	there is no KVM here
 *	denied: WHY	there is one, and this user may not use it
 *
 * Interface: Documentation/virt/kvm/api.rst of the kernel. Page table and
 * segment formats: Intel SDM volume 3, chapters 3 and 4.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

/* Guest-physical layout; the whole guest is MEMORY bytes, mapped 1:1. */
#define PML4	0x1000
#define PDPT	0x2000
#define PD	0x3000
#define CODE	0x4000
#define DATA	0x5000
#define MEMORY	0x10000

#define PAGE_PRESENT_WRITE	0x03
#define PAGE_LARGE		0x80
#define CR0_PE_ET_PG		0x80000011ULL
#define CR4_PAE			0x20ULL
#define EFER_LME_LMA		0x500ULL
#define SEGMENT_CODE		11
#define SEGMENT_DATA		3
#define CPUID_ENTRIES		256

static const unsigned char program[] = {
	0xf0, 0x48, 0x0f, 0xc7, 0x0e,	/* lock cmpxchg16b (%rsi) */
	0xf4,				/* hlt */
};

static const uint64_t before[2] = { 0x1111, 0x2222 };
static const uint64_t after[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };

/* Print the verdict with its reason, and end. Never returns. */
static void __attribute__((noreturn, format(printf, 2, 3)))
verdict(const char *word, const char *fmt, ...)
{
	va_list ap;

	printf("%s: ", word);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

/* A guest that neither halts nor fails is as useless as one that fails. */
static void on_alarm(int sig)
{
	static const char text[] = "broken: the guest hangs\n";

	(void)sig;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* ioctl() that ends the probe when it fails; WHAT names it for people. */
static int must(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		verdict("broken", "%s: %s", what, strerror(errno));
	return ret;
}

static int open_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm >= 0)
		return kvm;
	if (errno == EACCES || errno == EPERM)
		verdict("denied", "/dev/kvm: %s (join the group that owns it)",
			strerror(errno));
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		verdict("absent", "/dev/kvm: %s", strerror(errno));
	verdict("broken", "/dev/kvm: %s", strerror(errno));
}

static unsigned char *make_memory(int vm)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	unsigned char *mem = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		verdict("broken", "mmap: %s", strerror(errno));
	*(uint64_t *)(mem + PML4) = PDPT | PAGE_PRESENT_WRITE;
	*(uint64_t *)(mem + PDPT) = PD | PAGE_PRESENT_WRITE;
	*(uint64_t *)(mem + PD) = PAGE_LARGE | PAGE_PRESENT_WRITE;
	memcpy(mem + CODE, program, sizeof(program));
	memcpy(mem + DATA, before, sizeof(before));
	region.userspace_addr = (uintptr_t)mem;
	must(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
	return mem;
}

static struct kvm_segment flat(unsigned int type, unsigned int selector)
{
	struct kvm_segment seg = {
		.limit = 0xffffffff, .selector = selector, .type = type,
		.present = 1, .s = 1, .g = 1,
		.l = type == SEGMENT_CODE, .db = type != SEGMENT_CODE,
	};

	return seg;
}

static void enter_long_mode(int vcpu)
{
	struct kvm_regs regs = {
		.rip = CODE, .rflags = 2, .rsi = DATA,
		.rax = before[0], .rdx = before[1],
		.rbx = after[0], .rcx = after[1],
	};
	struct kvm_sregs sregs;

	must(vcpu, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
	sregs.cs = flat(SEGMENT_CODE, 8);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss =
		flat(SEGMENT_DATA, 16);
	sregs.cr0 = CR0_PE_ET_PG;
	sregs.cr3 = PML4;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME_LMA;
	must(vcpu, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
	must(vcpu, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

/* The guest sees the CPU that KVM offers, as QEMU's -cpu host gives it. */
static void set_cpuid(int kvm, int vcpu)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) +
		       CPUID_ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid)
		verdict("broken", "out of memory");
	cpuid->nent = CPUID_ENTRIES;
	must(kvm, KVM_GET_SUPPORTED_CPUID, cpuid, "KVM_GET_SUPPORTED_CPUID");
	must(vcpu, KVM_SET_CPUID2, cpuid, "KVM_SET_CPUID2");
	free(cpuid);
}

static void run_guest(int kvm)
{
	int vm = must(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	int size = must(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
	unsigned char *mem;
	struct kvm_run *run;
	int vcpu;

	/* Intel hosts want three pages somewhere outside the guest's memory */
	must(vm, KVM_SET_TSS_ADDR, (void *)0xfffbd000UL, "KVM_SET_TSS_ADDR");
	mem = make_memory(vm);
	vcpu = must(vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		verdict("broken", "mmap of the vCPU: %s", strerror(errno));
	set_cpuid(kvm, vcpu);
	enter_long_mode(vcpu);
	must(vcpu, KVM_RUN, NULL, "KVM_RUN");
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		verdict("broken", "KVM internal error, suberror %u",
			run->internal.suberror);
	if (run->exit_reason != KVM_EXIT_HLT)
		verdict("broken", "the guest ended with exit reason %u",
			run->exit_reason);
	if (memcmp(mem + DATA, after, sizeof(after)))
		verdict("broken", "cmpxchg16b did not change the memory");
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &sa, NULL);
	alarm(2);
	run_guest(open_kvm());
	puts("works");
	return 0;
}

#else
int main(void)
{
	puts("absent: this is not Linux on x86");
	return 1;
}
#endif
