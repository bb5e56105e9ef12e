#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/get-kernel: a tree is complete or not there, whatever happens, and the
# next run works.  Downloads come from a web server on the loopback device.
. tests/lib/tap.sh

for tool in python3 curl xz flock; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
get=$PWD/scripts/get-kernel
export XDG_CACHE_HOME="$tmp/cache" DEBIAN_SRC_DIR="$tmp/debian"
cache=$XDG_CACHE_HOME/bzinit
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY

# A small kernel: what makes a directory one, and half a MiB that xz cannot
# compress, so that a download and an unpacking can be stopped in the middle.
kernel=$tmp/linux-6.99.1
mkdir -p "$kernel/scripts/kconfig" "$kernel/usr" "$kernel/arch/x86" "$kernel/init" "$kernel/include"
printf '# SPDX\nVERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 1\n' >"$kernel/Makefile"
for name in Kconfig scripts/kconfig/Makefile usr/gen_init_cpio.c arch/x86/Makefile init/main.c; do
	echo "$name" >"$kernel/$name"
done
head -c 524288 /dev/urandom >"$kernel/include/random"
www=$tmp/www/linux-6.99.1.tar.xz
mkdir -p "$tmp/www" "$DEBIAN_SRC_DIR"
tar -C "$tmp" -c linux-6.99.1 | xz -0 >"$www"
cp "$www" "$DEBIAN_SRC_DIR/linux-source-6.12.tar.xz"
sha=$(sha256sum <"$www" | cut -c 1-64)
wrong=$(echo "$sha" | tr 0-9a-f 1-9a-f0)

# The server: the first directory of a request says how it behaves.  It writes
# a line for each request, and ends when its files are gone.
cat >"$tmp/server.py" <<'PY'
import http.server, os, re, sys, threading, time
top = sys.argv[1]
data = open(top + "/www/linux-6.99.1.tar.xz", "rb").read()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mode = self.path.split("/")[1]
        span = self.headers.get("Range", "-")
        with open(top + "/requests", "a") as log:
            log.write("%s %s\n" % (self.path, span))
        start = 0
        if mode != "norange" and span.startswith("bytes="):
            start = int(re.match(r"bytes=(\d+)-", span).group(1))
        body = data[start:]
        if mode == "wrong":
            body = b"x" * len(body)
        if mode == "missing" or not self.path.endswith("/v6.x/linux-6.99.1.tar.xz"):
            self.send_error(404)
            return
        if start and not body:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mode == "cut" and not start:
            body = body[:len(body) // 2]
        if mode == "slow":
            time.sleep(1)
        self.wfile.write(body)

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(top + "/port.part", "w") as out:
    out.write(str(server.server_port))
os.rename(top + "/port.part", top + "/port")
while os.path.exists(top + "/port"):
    time.sleep(0.2)
PY
python3 "$tmp/server.py" "$tmp" >/dev/null 2>&1 &

# wait_for COMMAND...: until it succeeds, at most 10 s
wait_for() {
	for _ in $(seq 100); do
		"$@" && return
		sleep 0.1
	done
	return 1
}
wait_for test -s "$tmp/port" || skip_all "no web server on the loopback device"
site=http://127.0.0.1:$(cat "$tmp/port")

# fetch MODE [HASH]: sets $out (stdout), $err, $rc
fetch() {
	: >"$tmp/requests"
	out=$(KERNEL_MIRROR=$site/$1 "$get" kernel.org 6.99.1 "${2:-$sha}" 2>"$tmp/err")
	rc=$?
	err=$(cat "$tmp/err")
}
debian() {
	out=$("$get" debian-6.12 2>"$tmp/err")
	rc=$?
	err=$(cat "$tmp/err")
}
fresh() {
	chmod -R u+w "$XDG_CACHE_HOME" 2>/dev/null
	rm -rf "$XDG_CACHE_HOME"
}
# shellcheck disable=SC2317 # called by ok
same_tree() {
	diff -r "$kernel" "$1"
}
# Everything in the cache that is no lock
content() {
	(cd "$cache" 2>/dev/null && find . download -mindepth 1 -maxdepth 1 ! -name lock ! -name download |
		sort | tr '\n' ' ')
}
# refused NAME ERE: the last fetch printed one line like this, and no path
refused() {
	is "$1: status, and nothing on stdout" "$rc:$out" "1:"
	is "$1: one line but progress" "$(echo "$err" | grep -Evc 'get-kernel: (downloading|unpacking)')" 1
	like "$1: it says why" "$err" "$2"
}

tree=$cache/linux-6.99.1
fetch ok
is "kernel.org: prints the path" "$out" "$tree"
ok "kernel.org: the tree is the tarball's" same_tree "$tree"
is "kernel.org: nothing but the tree stays" "$(content)" "./linux-6.99.1 "
fetch missing
is "kernel.org: from the cache, without a request" "$out$(cat "$tmp/requests")$err" "$tree"

fresh
fetch wrong
refused "wrong content" "wrong SHA-256.*expected $sha, got [0-9a-f]{64}"
is "wrong content: nothing stays" "$(content)" ""
fetch ok "$wrong"
refused "wrong hash" "expected $wrong, got $sha"
fetch ok 1234
refused "no hash" "'1234' is no SHA-256"
fetch missing
refused "404" "the server says 404"
out=$(KERNEL_MIRROR=http://127.0.0.1:1 "$get" kernel.org 6.99.1 "$sha" 2>"$tmp/err")
rc=$? err=$(cat "$tmp/err")
refused "no server" "cannot connect"
out=$("$get" kernel.org ../6.1 "$sha" 2>"$tmp/err")
rc=$? err=$(cat "$tmp/err")
refused "no version" "no kernel release"
fetch ok
is "after all these, the next run works" "$rc:$out" "0:$tree"

fresh
fetch cut
refused "cut" "connection was cut"
like "cut: the half is kept" "$(content)" 'linux-6.99.1.tar.xz.part'
fetch cut
like "cut: the second request asks for the rest" "$(cat "$tmp/requests")" ' bytes=[1-9][0-9]+-'
ok "cut, then resumed: the same tree" same_tree "$out"

fresh
fetch cut
fetch norange
is "a server without ranges: begins again" "$rc:$(grep -c . "$tmp/requests")" "0:2"
ok "a server without ranges: the same tree" same_tree "$out"

fresh
mkdir -p "$cache/download"
cp "$www" "$cache/download/linux-6.99.1.tar.xz.part"
fetch missing
is "a complete download is not fetched again" "$rc:$(cat "$tmp/requests")" "0:"
fresh
mkdir -p "$cache/download"
{ cat "$www"; echo more; } >"$cache/download/linux-6.99.1.tar.xz.part"
fetch ok
is "a download that is too long is fetched again" "$rc:$out" "0:$tree"

fresh
: >"$tmp/requests"
for i in 1 2; do
	KERNEL_MIRROR=$site/slow "$get" kernel.org 6.99.1 "$sha" >"$tmp/out$i" 2>"$tmp/err$i" &
	eval "pid$i=$!"
done
# shellcheck disable=SC2154 # set by eval
wait "$pid1"; rc1=$?
# shellcheck disable=SC2154
wait "$pid2"; rc2=$?
is "two at once: both succeed" "$rc1$rc2:$(cat "$tmp/out1" "$tmp/out2" | sort -u)" "00:$tree"
is "two at once: one downloads" "$(grep -c . "$tmp/requests")" 1
like "two at once: the other says that it waits" "$(cat "$tmp/err1" "$tmp/err2")" 'waiting for another'

# A tar that stops in the middle, with some of the files there
mkdir "$tmp/slowtar"
real_tar=$(command -v tar)
cat >"$tmp/slowtar/tar" <<STUB
#!/bin/sh
"$real_tar" "\$@" --exclude=random --exclude=init
: >"$tmp/halfway"
exec sleep 60
STUB
chmod +x "$tmp/slowtar/tar"
# A shell without job control has its background jobs ignore SIGINT: undo that.
own_session='import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.setsid()
os.execv(sys.argv[1], sys.argv[1:])'
# stopped SIGNAL GROUP: stop a run in the middle of unpacking, with GROUP "-" its
# children too; sets $rc, $out and $seconds, how long the end took
stopped() {
	fresh
	rm -f "$tmp/halfway"
	PATH=$tmp/slowtar:$PATH python3 -c "$own_session" "$get" debian-6.12 \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	wait_for test -e "$tmp/halfway"
	ls "$cache"/*.part/Makefile >/dev/null || diag "not in the middle of unpacking"
	seconds=$(date +%s)
	kill "-$1" "$2$pid"
	wait "$pid"
	rc=$?
	seconds=$(($(date +%s) - seconds))
	out=$(cat "$tmp/out")
} 2>/dev/null

stopped KILL -
is "killed while unpacking: no path" "$rc:$out" "137:"
like "killed while unpacking: a .part, and no tree" "$(content)" '^[^ ]*\.part $'
debian
ok "killed while unpacking: the next run gives the whole tree" same_tree "$out"
is "killed while unpacking: no leftover" "$(content)" "./${out##*/} "
stopped TERM ''
is "terminated while unpacking: dies of it, nothing stays" "$rc:$out:$(content)" "143::"
ok "terminated while unpacking: at once" test "$seconds" -lt 20
stopped INT -
is "Ctrl-C while unpacking: dies of it, nothing stays" "$rc:$out:$(content)" "130::"
debian
ok "stopped while unpacking: the next run works" same_tree "$out"

fresh
(umask 077 && "$get" -q debian-6.12 >"$tmp/out" 2>"$tmp/err")
is "debian: named by its tarball's hash, silent with -q" "$(cat "$tmp/out" "$tmp/err")" \
	"$cache/linux-source-6.12_$(echo "$sha" | cut -c 1-12)"
is "umask 077: others can read the tree" "$(find "$cache"/linux-* ! -perm -044)" ""
# apt has linux-source-6.1 and no other.
mkdir "$tmp/apt"
# shellcheck disable=SC2016 # for the stand-in's shell
printf '#!/bin/sh\ntest "$2" = linux-source-6.1 && echo "  Candidate: 6.1" || echo "  Candidate: (none)"\n' >"$tmp/apt/apt-cache"
chmod +x "$tmp/apt/apt-cache"
for version in 6.1 7.2; do
	out=$(PATH=$tmp/apt:$PATH "$get" debian-$version 2>"$tmp/err")
	rc=$? err=$(cat "$tmp/err")
	case $version:$(ls /var/lib/apt/lists/*_Packages* 2>/dev/null) in
	6.1:?*) refused "debian: no package" 'linux-source-6.1.tar.xz is not there: run scripts/setup' ;;
	7.2:?*) refused "debian: no package, and apt has none" 'apt has no linux-source-7.2 .*: choose a kernel from kernel.org in make menuconfig, set KERNEL_SRC=' ;;
	*) refused "debian: no package, and apt has no lists" 'linux-source-.*.tar.xz is not there: run scripts/setup' ;;
	esac
done
head -c 100000 "$www" >"$DEBIAN_SRC_DIR/linux-source-6.1.tar.xz"
out=$("$get" debian-6.1 2>"$tmp/err")
rc=$? err=$(cat "$tmp/err")
refused "debian: truncated tarball" 'truncated'
tar -C "$kernel" -cJf "$DEBIAN_SRC_DIR/linux-source-6.1.tar.xz" include
out=$("$get" debian-6.1 2>"$tmp/err")
rc=$? err=$(cat "$tmp/err")
refused "debian: a tarball of something else" 'not a kernel source tarball: no Makefile'
unlike "debian: nothing of these stays" "$(content)" '6\.1_'

# on_disk OPTIONS: debian-6.12 into a tmpfs of a namespace of its own
on_disk() {
	fresh
	mkdir -p "$XDG_CACHE_HOME"
	# shellcheck disable=SC2016 # expanded by the inner shell
	out=$(unshare -Urm sh -c 'mount -t tmpfs -o "$1" none "$XDG_CACHE_HOME" || exit 99
		shift
		"$@"; rc=$?
		cd "$XDG_CACHE_HOME/bzinit" && find . -mindepth 1 ! -path "./lock*" ! -path ./download
		exit $rc' sh "$@" 2>"$tmp/err")
	rc=$?
	err=$(cat "$tmp/err")
}
on_disk size=1m true
if [ $rc != 0 ]; then
	skip "full disk" "no mount in a user namespace here"
else
	on_disk size=400k "$get" debian-6.12
	refused "disk too small for the tree" 'disk full: .* needs [0-9]+ MiB'
	unlike "disk too small for the tree: known beforehand" "$err" unpacking
	on_disk size=9m,nr_inodes=12 "$get" debian-6.12
	refused "disk full in the middle of unpacking" 'disk full: .* needs [0-9]+ MiB'
	KERNEL_MIRROR=$site/ok on_disk size=400k "$get" kernel.org 6.99.1 "$sha"
	refused "disk full while downloading" 'cannot write the download'
fi

fresh
mkdir -p "$cache"
chmod 500 "$cache"
if (: >"$cache/probe") 2>/dev/null; then
	rm -f "$cache/probe"
	# The superuser may write anywhere: try a place where nobody can.
	XDG_CACHE_HOME=/proc/none debian
else
	debian
fi
refused "cache that cannot be written" 'cannot write there: .*XDG_CACHE_HOME'
fresh
debian
rm -r "$cache/lock" "$cache/download"
chmod -R a-w "$cache"
debian
ok "a tree in the cache is found without writing" test ! -e "$cache/lock"
is "a read-only cache that has the tree will do" "$rc:${out##*/}:$err" "0:linux-source-6.12_$(echo "$sha" | cut -c 1-12):"

# use PATH: sets $out, $err, $rc
use() {
	out=$("$get" dir "$1" 2>"$tmp/err")
	rc=$?
	err=$(cat "$tmp/err")
}
use "$kernel"
is "dir: a tree of one's own" "$rc:$out:$err" "0:$kernel:"
ln -s linux-6.99.1 "$tmp/link"
out=$(cd "$tmp" && "$get" dir link)
is "dir: a relative link gives the real path" "$out" "$kernel"
use "$tmp/www"
refused "dir: no tree" 'not a kernel source tree: no Makefile'
use "$tmp/nowhere"
refused "dir: not there" 'no such directory'
use "$www"
refused "dir: a tarball" 'not a directory: unpack it'
mkdir "$tmp/bare" "$tmp/bare/objects"
: >"$tmp/bare/HEAD"
use "$tmp/bare"
refused "dir: a bare repository" 'worktree add'
mv "$kernel/init/main.c" "$tmp/main.c"
use "$kernel"
refused "dir: only headers" 'init/main.c is missing'
mv "$tmp/main.c" "$kernel/init/main.c"
for dirt in .config include/config/auto.conf arch/x86/include/generated/asm/x.h; do
	mkdir -p "$kernel/${dirt%/*}" 2>/dev/null
	[ -d "$kernel/$dirt" ] && rmdir "$kernel/$dirt"
	: >"$kernel/$dirt"
	use "$kernel"
	refused "dir: built in ($dirt)" "make mrproper"
	rm -rf "$kernel/.config" "$kernel/include/config" "$kernel/arch/x86/include"
done
cp -R "$kernel" "$tmp/with blank"
use "$tmp/with blank"
refused "dir: blank in the path" 'a blank or a colon'
cp -R "$kernel" "$tmp/with:colon"
use "$tmp/with:colon"
refused "dir: colon in the path" 'a blank or a colon'

not_ok_cmd "a wrong call is refused" "$get" nonsense
done_testing
