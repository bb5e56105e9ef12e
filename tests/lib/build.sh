# SPDX-License-Identifier: GPL-2.0-only
#
# For tests that build kernels: they share the build directories below $BUILD,
# so that no kernel is compiled twice in one run.

. tests/lib/tap.sh

if [ -n "${BUILD-}" ]; then
	mkdir -p "$BUILD"
else
	BUILD=$tmp
fi
src=$PWD
log=$tmp/log

# mk ARGS...: make, its output in $log. No tty, so no questions.
mk() {
	make "$@" >"$log" 2>&1 </dev/null
}

# built NAME DEFCONFIG: $BUILD/NAME holds the image of that configuration.
built() {
	ok "$2 builds" mk_or_log O="$BUILD/$1" "$2" all
}

mk_or_log() {
	mk "$@" || { cat "$log"; return 1; }
}

hash_of() {
	sha256sum <"$1" | cut -d ' ' -f 1
}

# verdict DIR KEY: what run.json says.
verdict() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1/run.json" "$2"
}

# The kernel step ran if the image was installed anew; it compiled if it says so.
entered() { grep -q 'install -m 644 linux/' "$log"; }
compiled() { grep -Eq '^  (CC|AS) |-c -o [^ ]*\.o ' "$log"; }
