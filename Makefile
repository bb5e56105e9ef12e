# SPDX-License-Identifier: GPL-2.0-only
#
# bzinit: one bootable file, a Linux kernel with our PID 1 inside.
#
# This makefile checks its variables, takes the lock of the build directory
# (scripts/build-dir) and calls three makefiles. They run in the build directory,
# one after the other, and so never write to the source tree:
#
#   scripts/Makefile.config   the kernel tree, Kconfig       -> .config
#   scripts/Makefile.image    fragments, programs, the list  -> bzImage
#   scripts/Makefile.build    the engine: one directory of ours, as its Kbuild says
#
# scripts/Makefile.run has the targets that run a machine or look into an image.

PHONY := __all
__all: all

ifeq ($(filter-out 3.% 4.0% 4.1%,$(MAKE_VERSION)),)
$(error GNU make $(MAKE_VERSION) is too old, 4.2 is needed: run scripts/setup)
endif
# All paths here start at the checkout.
ifneq ($(realpath $(lastword $(MAKEFILE_LIST))),$(realpath Makefile))
$(error this Makefile works in its own directory only: run make -C $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST)))))
endif
MAKEFLAGS += -rR --no-print-directory
unexport GREP_OPTIONS CDPATH
export LC_COLLATE := C
export LC_NUMERIC := C

include scripts/Kbuild.include

# V=1 shows the commands, -s shows nothing, V=2 is for the kernel's make.
ifeq ("$(origin V)","command line")
  KBUILD_VERBOSE := $(V)
endif
quiet := $(if $(findstring 1,$(KBUILD_VERBOSE)),,quiet_)
ifneq ($(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
  quiet := silent_
endif
Q := $(if $(quiet),@)
export quiet Q KBUILD_VERBOSE

# The kernel's make cannot work in a path with white space or a colon, and some other
# characters have a meaning for make or for a shell.
O ?= build
refuse-odd = $(if $(call odd-in,$(2)),\
	$(error $(1)$(2) has $(call odd-in,$(2)), which the kernel's make cannot take: $(3)))
$(call refuse-odd,the path of this checkout$(comma) ,$(CURDIR),move it or clone it elsewhere)
$(call refuse-odd,O=,$(value O),choose another build directory)
$(call refuse-odd,KERNEL_SRC=,$(value KERNEL_SRC),use a symbolic link or a git worktree elsewhere)

srctree := $(CURDIR)
objtree := $(abspath $(O))
export srctree objtree

# A build directory cannot be the source tree, a directory that holds it or one in it
# (except build/), the home directory or a directory that holds that. Links are followed.
real-of   = $(or $(realpath $(1)),$(patsubst %/,%,$(call real-of,$(patsubst %/,%,$(dir $(1)))))/$(notdir $(1)))
real-src  := $(realpath $(srctree))
real-obj  := $(call real-of,$(objtree))
in-source := $(filter-out $(real-src)/build $(real-src)/build/%,$(filter $(real-src) $(real-src)/%,$(real-obj)))
around    := $(filter $(real-obj) $(patsubst %//,%/,$(real-obj)/)%,$(real-src) $(realpath $(HOME)))
ifneq ($(in-source),)
$(error O=$(O) is in the source tree: use build/ or a directory elsewhere)
endif
ifneq ($(around),)
$(error O=$(O) is the home directory, or holds it or the source tree: use build/ or a directory of its own)
endif

ifneq ($(KERNEL_SRC),)
  override KERNEL_SRC := $(abspath $(KERNEL_SRC))
  export KERNEL_SRC
endif

# The architecture: ARCH= as in the kernel; data in configs/arch/.
ARCH ?= $(shell uname -m | sed 's/i.86/i386/; s/aarch64/arm64/')
override ARCH := $(patsubst x86,x86_64,$(ARCH))
ifeq ($(wildcard configs/arch/$(ARCH).mk),)
$(error ARCH=$(ARCH) is not known here, ARCH may be: $(patsubst configs/arch/%.mk,%,$(wildcard configs/arch/*.mk)))
endif
export ARCH CROSS_COMPILE

# The compilers, as in the kernel: CC=, HOSTCC=, LLVM=1, LLVM=-15, LLVM=/dir/.
# make uses ccache if it is installed and the user has not chosen a compiler.
ifneq ($(LLVM),)
  llvm-pre  := $(filter %/,$(LLVM))
  llvm-suf  := $(filter -%,$(LLVM))
  gcc-name  := $(llvm-pre)clang$(llvm-suf)
  hostcc    := $(gcc-name)
else
  gcc-name  := $(CROSS_COMPILE)gcc
  hostcc    := gcc
endif
ccache := $(if $(shell command -v ccache),ccache )
ifneq ($(filter default undefined,$(origin CC)),)
  CC := $(ccache)$(gcc-name)
endif
ifneq ($(filter default undefined,$(origin HOSTCC)),)
  HOSTCC := $(ccache)$(hostcc)
endif
# In its depend mode ccache does not see .incbin, which includes the archive and the
# payload in the image: it would return the objects of an earlier build.
export CCACHE_NODEPEND := 1
export CC HOSTCC LLVM

# The archive has 32 bits for a time.
ifneq ($(origin SOURCE_DATE_EPOCH),undefined)
ifneq ($(shell printf '%s\n' '$(call escsq,$(value SOURCE_DATE_EPOCH))' | \
	awk '!/^[0-9]+$$/ || $$1 > 4294967295 { bad = 1 } END { if (!bad && NR == 1) print "time" }'),time)
$(error SOURCE_DATE_EPOCH=$(value SOURCE_DATE_EPOCH) is no time: \
	set seconds since 1970$(comma) below 4294967296$(comma) or leave it out)
endif
endif

# The kernel's make would take one that date cannot read for the time of the build.
ifneq ($(origin KBUILD_BUILD_TIMESTAMP),undefined)
ifneq ($(shell LC_ALL=C date -u -d '$(call escsq,$(value KBUILD_BUILD_TIMESTAMP))' >/dev/null 2>&1 && echo time),time)
$(error KBUILD_BUILD_TIMESTAMP=$(value KBUILD_BUILD_TIMESTAMP) is no time that date -d can read: write it as date -u does)
endif
endif

# $(call stage,NAME) GOAL runs scripts/Makefile.NAME in the build directory. It uses all
# processors unless -j is given.
stage    = $(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc)) -C '$(objtree)' \
	   -f '$(srctree)/scripts/Makefile.$(1)' ARCH=$(ARCH) $(if $(KERNEL_SRC),KERNEL_SRC='$(KERNEL_SRC)')
# $(call in-build,VERB,COMMANDS) runs the commands under the lock of the build directory;
# scripts/build-dir explains the verbs. A + comes before it in a recipe.
in-build = $(Q)scripts/build-dir $(1) '$(objtree)' '$(call escsq,$(2))'

# Switches of make that no build can follow.
letters   := $(filter-out --%,$(firstword -$(MAKEFLAGS)))
no-switch = $(if $(findstring $(1),$(letters)),$(error make -$(1) $(2)))
$(call no-switch,i,would make an image in spite of errors: use -k)
$(call no-switch,t,would take what is old for new: leave it out)
ifneq ($(filter-out help doctor clean mrproper distclean,$(or $(MAKECMDGOALS),all)),)
$(call no-switch,n,cannot tell what a build would do$(comma) each stage decides on the next: use V=1)
$(call no-switch,q,cannot tell whether all is built: run make)
endif

# An option has one value, for make and for C: that of .config. Those that the environment
# happens to have do not reach a makefile.
options := $(filter CONFIG_%,$(.VARIABLES))
$(foreach v,$(options),$(if $(filter command,$(origin $(v))),\
	$(error $(v)= on the command line of make changes nothing: write it into $(O)/.config or run make menuconfig)))
unexport $(options)

# Check for the programs that a build needs, until there is a configuration.
PHONY += needs
needs:
	$(Q)test -e '$(objtree)/.config' || scripts/setup --build-check

config-targets := config menuconfig nconfig oldconfig olddefconfig savedefconfig \
	listnewconfig helpnewconfig randconfig allnoconfig allyesconfig alldefconfig \
	syncconfig defconfig $(notdir $(wildcard configs/*_defconfig))
image-targets := all bzImage initramfs kernel-menuconfig kernel-nconfig kernel-savefragment \
	kernelversion kernelrelease compile_commands.json tags vmlinux init-symbols

ifneq ($(and $(KERNEL),$(filter size-report,$(MAKECMDGOALS))),)
$(error size-report reads the map of a kernel's link, and KERNEL= has none: see make anatomy KERNEL=$(KERNEL))
endif
PHONY += $(config-targets) $(image-targets)
# A menu without a terminal would wait for ever.
menus := $(filter menuconfig nconfig config kernel-menuconfig kernel-nconfig,$(MAKECMDGOALS))
ifneq ($(menus),)
ifneq ($(shell test -t 0 && test -t 2 && echo y),y)
$(error make $(firstword $(menus)) needs a terminal: write options into $(O)/.config and run make olddefconfig)
endif
endif
$(config-targets): needs
	+$(call in-build,config,$(call stage,config) $@)
$(image-targets): needs
	+$(call in-build,build,$(call stage,config) syncconfig && $(call stage,image) $@)
%_defconfig:
	$(error there is no configs/$@, there are: defconfig $(notdir $(wildcard configs/*_defconfig)))

include scripts/Makefile.run

PHONY += check doctor
T ?= $(wildcard tests/*.t tests/*/*.t)
check: needs
	$(Q)scripts/build-dir claim '$(objtree)' tests
	$(Q)env $(addprefix -u ,MAKEFLAGS MAKELEVEL MFLAGS srctree objtree quiet Q KBUILD_VERBOSE ARCH CC HOSTCC LLVM \
		$(run-vars)) BUILD='$(objtree)/tests' DISTRO_KERNEL="$$(scripts/distro-kernel)" \
		prove $(if $(quiet),,-v) --timer $(T)

# Run the fuzzers for longer: each of them twice, with and without coverage, for FUZZ seconds.
PHONY += fuzz
fuzz: needs
	$(Q)scripts/build-dir claim '$(objtree)' tests
	@FUZZ='$(or $(FUZZ),1800)' BUILD='$(objtree)/tests' prove -v tests/*/fuzz*.t

doctor:
	$(Q)scripts/setup --check

PHONY += clean mrproper distclean
clean mrproper distclean:
	$(Q)scripts/build-dir $@ '$(objtree)'

PHONY += help
help:
	@scripts/help '$(srctree)'

.PHONY: $(PHONY)
.NOTPARALLEL:
