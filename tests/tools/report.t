#!/bin/sh
# shellcheck disable=SC2317 # ok calls the functions
# SPDX-License-Identifier: GPL-2.0-only
#
# make report makes one page. Its numbers are those of the JSON files, its pictures are
# to scale, and it can be read: a headless Chromium looks at it. Each check is tried on
# pages that are broken on purpose, too. The built tiny image is booted, and a
# distribution's kernel (DISTRO_KERNEL=FILE).
. tests/lib/build.sh

tiny=$BUILD/tiny
page=$tiny/report.html
export TMPDIR="$tmp"			# what a browser leaves behind goes with it
browser=true
command -v chromium >/dev/null && command -v chromedriver >/dev/null || browser=

# checked NAME PAGE DIR [STEP...]: each check of tests/tools/page-check.py is a test
checked() {
	_of=$1
	shift
	python3 tests/tools/page-check.py "$@" >"$tmp/checks" 2>"$tmp/error" ||
		{ result 1 "$_of is looked at"; complain "$(tail -n 5 "$tmp/error")"; return 1; }
	while IFS='	' read -r check complaint; do
		is "$_of: $check" "$complaint" ''
	done <"$tmp/checks"
}
all='numbers scale size look keyboard print quiet scriptless'
# shellcheck disable=SC2086 # words
[ "$browser" ] || { all='numbers scale size'; skip 'the page in a browser' 'chromium and chromedriver are not installed'; }

built tiny tiny_defconfig
rm -rf "$tiny"/timeline.json "$tiny"/handover.json "$tiny"/anatomy.json "$tiny"/size*
start=$(date +%s)
ok 'make report' mk_or_log O="$tiny" report
diag "make report took $(($(date +%s) - start)) s"
like '... says where it is' "$(tail -n 1 "$log")" "$page: [0-9,]+ bytes"
# shellcheck disable=SC2086
checked 'the page' "$page" "$tiny" $all

before=$(stat -c %Y "$tiny/timeline.json" "$tiny/handover.json" "$tiny/anatomy.json")
cp "$page" "$tmp/first.html"
ok 'make report once more' mk_or_log O="$tiny" report
is '... measures nothing anew' "$(stat -c %Y "$tiny/timeline.json" "$tiny/handover.json" "$tiny/anatomy.json")" "$before"
ok '... and makes the same page' cmp "$page" "$tmp/first.html"
mkdir "$tmp/json"
cp "$tiny"/*.json "$tmp/json/"
mv "$tiny/linux/vmlinux.map" "$tmp/map"
rm "$tiny/size-report.json"
ok 'without the map of the kernel there is a page' mk_or_log O="$tiny" report
like '... which says why' "$(cat "$page")" 'Not here: .*/linux/vmlinux\.map: No such file or directory: '
mv "$tmp/map" "$tiny/linux/vmlinux.map"
ok 'another command line' mk_or_log O="$tiny" report APPEND=quiet
like '... is another boot' "$(cat "$page")" 'no_timer_check nolapic_timer quiet<'

# Each part may be missing, with a reason.
report() { tools/report/report --from "$tmp/json" -o "$tmp/page.html"; }
reset() { cp "$tiny"/*.json "$tmp/json/"; }
for part in anatomy timeline handover size-report; do
	echo '{"missing": "the reason <given>"}' >"$tmp/json/$part.json"
	ok "without $part there is a page" report
	like '... which says why' "$(cat "$tmp/page.html")" 'Not here: the reason &lt;given&gt;\.'
	reset
done
# change PART STATEMENTS: change a JSON file; what it says is `told`
change() {
	python3 -c 'import json, sys
path, statements = sys.argv[1:]
told = json.load(open(path))
exec(statements)
json.dump(told, open(path, "w"))' "$tmp/json/$1.json" "$2"
}
for member in memory processes; do
	change handover "told['$member'] = {'missing': 'no such luck'}"
	ok "without $member there is a page" report
	like '... which says why' "$(cat "$tmp/page.html")" 'Not here: no such luck\.'
	not_ok_cmd '... and no picture of it' tools/report/report --from "$tmp/json" --svg "$member"
	reset
done

# What a boot ended with stands in its last span; the machine may know less.
change timeline '[e for e in told["traceEvents"] if e["cat"] == "stage"][-1]["args"]["until"] = "prompt"'
change handover 'told["call"]["handler"] = None'
change anatomy '
def walk(x):
    if x["name"] == ".data":
        x["note"] += ", code"
    for y in x.get("parts", []) + list(filter(None, [x.get("inside")])): walk(y)
walk(told["layers"])'
ok 'a boot that ends at a prompt' report
like '... is said to' "$(cat "$tmp/page.html")" 'ms from reset to “prompt”'
like '... a system call without a name has none' "$(cat "$tmp/page.html")" ': number [0-9]+, handler unknown, '
like '... the idle task is no thread' "$(cat "$tmp/page.html")" 'at the prompt: [0-9]+ programs?, [0-9]+ kernel threads?, 1 idle task\.'
like '... and data that could be executed has the colour of data' "$(cat "$tmp/page.html")" '<rect class="c2[^>]*><title>.data: '
reset

# Names that want to be markup, or a script
bad='</script><script>document.title = 1</script><img src=x>'
change timeline "told['traceEvents'][-1]['name'] = '$bad'"
change handover "told['processes'][1]['comm'] = told['command_line'] = told['stops'][1]['next'][0]['text'] = '$bad'"
change anatomy "told['file'] = '/tmp/$bad'; told['layers']['parts'][0]['name'] = told['layers']['note'] = '$bad'"
change size-report "told['tree']['children'][0]['name'] = '$bad'"
ok 'names that are markup' report
is '... are none in the page' "$(grep -c '<img' "$tmp/page.html")" 0
# shellcheck disable=SC2046 # words
checked 'that page' "$tmp/page.html" "$tmp/json" numbers $([ ! "$browser" ] || echo quiet)
for name in layers timeline handover processes size; do
	tools/report/report --from "$tmp/json" --svg "$name" -o "$tmp/$name.svg"
	ok "--svg $name is well-formed with such names" python3 -c 'import sys, xml.etree.ElementTree as E
E.parse(sys.argv[1])' "$tmp/$name.svg"
done
reset
rm "$tmp/json/timeline.json"
[ ! "$browser" ] || { report >"$log" && checked 'a page without a timeline' "$tmp/page.html" "$tmp/json" numbers look keyboard quiet; }
reset

for name in layers timeline pid1 handover memory processes size; do
	ok "--svg $name" tools/report/report --from "$tmp/json" --svg "$name" -o "$tmp/$name.svg"
	ok '... is a picture with title and description' python3 -c 'import sys, xml.etree.ElementTree as E
s, n = E.parse(sys.argv[1]).getroot(), "{http://www.w3.org/2000/svg}"
sys.exit(not (s.tag == n + "svg" and s.find(n + "title").text and s.find(n + "desc").text and
	len(s.findall(n + "text")) > 3 and s.find(n + "rect").get("class") == "paper"))' "$tmp/$name.svg"
done
mkfifo "$tmp/pipe"
timeout 20 cat "$tmp/pipe" >"$tmp/piped" &
tools/report/report --from "$tmp/json" --svg layers -o "$tmp/pipe"
ok 'a pipe, or /dev/null, is written to and not replaced' test -p "$tmp/pipe"
wait $!
ok '... and gets the picture' cmp -s "$tmp/piped" "$tmp/layers.svg"
out=$(tools/report/report --from "$tmp/json" --svg nothing 2>&1)
like 'no such picture: one line' "$?:$out" '^1:report: there is no picture nothing, there are: layers,'
out=$(tools/report/report --build "$tmp/none" 2>&1)
# shellcheck disable=SC2016 # the message has them
like 'no image: one line' "$?:$out" '^1:report: kernel .*/none/bzImage: no such file: run `make` first$'

out=$(tools/report/report --from "$tmp/json" --bogus 2>&1)
like 'an option that is none' "$?:$out" '^1:report: --from .*--bogus'

# broken WHAT FILE SED CHECK STEP: a page that is made by a report which is changed
# so is refused by that check
broken() {
	rm -rf "$tmp/broken"
	mkdir "$tmp/broken"
	cp -r main.py boot tools "$tmp/broken/"
	sed -i "$3" "$tmp/broken/tools/report/$2"
	if cmp -s "tools/report/$2" "$tmp/broken/tools/report/$2"; then
		result 1 "$1: nothing was changed in $2"
		return
	fi
	"$tmp/broken/tools/report/report" --from "$tmp/json" -o "$tmp/broken.html" >"$log" 2>&1
	WIDTHS=360 python3 tests/tools/page-check.py "$tmp/broken.html" "$tmp/json" "$5" >"$tmp/checks"
	like "$1: refused for its $4" "$(grep "^$4	" "$tmp/checks")" "^$4	."
}
broken 'a length in the timeline is wrong' timeline.py 's/f"{s.ns:,}", f"{s.own/f"{s.ns + 1:,}", f"{s.own/' numbers numbers
broken 'an offset is wrong' layers.py "s/f'{space}{layer\\[\"offset\"\\]:#x}'/f'{space}{layer[\"offset\"] + 8:#x}'/" numbers numbers
broken 'a time of the ladder is wrong' handover.py "s/f'{s\\[\"ns\"\\]:,}'/f'{s[\"ns\"] + 1:,}'/" numbers numbers
broken 'the end of a range is wrong' ram.py "s/f'{r\\[\"end\"\\]:#x}'/f'{r[\"end\"] - 1:#x}'/" numbers numbers
broken 'the data in the page are not those of the files' page.py 's/json.dumps(value/json.dumps({**value, "format": 7}/' numbers numbers
broken 'what is thin is drawn thicker' svg.py 's/^        thin = .*/        w = max(w, 4)\n&/' scale scale
broken 'the page is too large' page.html 's/^@sections@/&&&&&&&&&&&&&&&&/' size size
if [ "$browser" ]; then
	broken 'labels are wider than thought' svg.py 's/    return size \* (/    return 0.6 * size * (/' drawn look
	broken 'labels stand on each other' strips.py 's/^            row == row2 and/            False and/; s/^        if any(abs/        if False and any(abs/' layout look
	broken 'the page is wider than a phone' page.css 's/^body { margin: 0;/& min-width: 500px;/' layout look
	broken 'a picture is wider than a phone, and cannot be panned' page.css 's/^.pan { overflow-x: auto; }//' layout look
	broken 'a heading is clipped' page.css 's/^h3 {/& overflow: hidden; width: 4rem; white-space: nowrap;/' layout look
	broken 'grey text is too light' picture.css 's/--dim: #[0-9a-f]*/--dim: #9aa3ad/' contrast look
	broken 'text is too dark for the dark' page.css 's/--ink: #[0-9a-f]*/--ink: #6b7077/' contrast look
	broken 'an outline cannot be seen' page.css 's/--k3: #[0-9a-f]*/--k3: #3d2f5a/' contrast look
	broken 'a picture has no role' svg.py 's/ role="img"//' names look
	broken 'a picture has no title' svg.py 's/{escape(title)}<.title>/<\/title>/' names look
	broken 'a picture has no table' model.py 's/class="twin"/class="more"/' names look
	broken 'the focus cannot be seen' page.css 's/^:focus-visible {.*/:focus-visible { outline: none; }/' keyboard keyboard
	broken 'the timeline cannot be reached by key' page.js "s/id: 'frame', tabindex: '0'/id: 'frame', tabindex: '-1'/" keyboard keyboard
	broken 'a key does not zoom' page.js "s/'+': () => this.zoom(0.5)/'*': () => this.zoom(0.5)/" keyboard keyboard
	broken 'search in the timeline finds nothing' page.js 's/this.choose(hits.*/;/' keyboard keyboard
	broken 'search in a table finds nothing' page.js 's/row.hidden = .*/row.hidden = false;/' keyboard keyboard
	broken 'tables are not on paper' page.css 's/^\tdetails::details-content.*//' print print
	broken 'buttons are on paper' page.css 's/^\tnav, #explorer.*//' print print
	broken 'the console says something' page.js "\$aconsole.error('oh');" console quiet
	broken 'a script fails' page.js "\$anothing();" console quiet
	broken 'a file is fetched' page.html 's/^<style>/<link rel="stylesheet" href="other.css">\n&/; s/style-src /&file: /' network quiet
	broken 'without a script nothing is there' page.html 's/^<main/& hidden/' scriptless scriptless
fi

# What was measured of another kernel; the size by subsystem is that of ours.
others() {
	mkdir -p "$tmp/other"
	cp "$tiny/anatomy.json" "$tiny/timeline.json" "$tiny/handover.json" "$tmp/other/"
}
if [ -r "${DISTRO_KERNEL-}" ]; then
	ok 'a distribution kernel' mk_or_log O="$tiny" report KERNEL="$DISTRO_KERNEL"
	like '... has no size by subsystem, and the page says why' "$(cat "$page")" 'Not here: .*was not built here'
	others
	# shellcheck disable=SC2086
	checked 'its page' "$page" "$tmp/other" $all
	ok '... with our archive' mk_or_log O="$tiny" report KERNEL="$DISTRO_KERNEL" INITRD=1
	others
	# shellcheck disable=SC2086
	checked 'its page' "$page" "$tmp/other" $all
	like '... which shows the archive, too' "$(cat "$page")" '<figure id="initrd">'
else
	skip 'a distribution kernel' 'no DISTRO_KERNEL'
fi
done_testing
