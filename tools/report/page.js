/* SPDX-License-Identifier: GPL-2.0-only */
/* What the page can do beyond being read: search in tables, open all layers, and look
   closer at the timeline, which is drawn from the JSON that the page contains. */
'use strict';

const SVG = 'http://www.w3.org/2000/svg', LANE = 30, AXIS = 26, MAP = 12;

/* make('p', {class: 'x'}, 'text', child): an element. Text is never read as markup. */
function make(name, attributes, ...children) {
    const drawn = ['svg', 'rect', 'text', 'path', 'title'].includes(name);
    const e = drawn ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
        e.setAttribute(key, value);
    e.append(...children);
    return e;
}

function button(words, act) {
    const b = make('button', {type: 'button'}, words);
    b.addEventListener('click', act);
    return b;
}

/* A field with a label. act(words, enter) returns what there is to say about them. */
function search(label, act) {
    const input = make('input', {type: 'search', autocomplete: 'off'});
    const says = make('span', {role: 'status'});
    const ask = (enter) => {
        says.textContent = act(input.value.trim().toLowerCase(), enter);
    };
    input.addEventListener('input', () => ask(false));
    input.addEventListener('keydown', (e) => e.key === 'Enter' && ask(true));
    return make('div', {class: 'search'}, make('label', {}, label + ' ', input), says);
}

function searchable(table) {
    const rows = [...table.tBodies[0].rows];
    return search(table.dataset.search, (wanted) => {
        for (const row of rows)
            row.hidden = !row.textContent.toLowerCase().includes(wanted);
        const n = rows.filter((row) => !row.hidden).length;
        return wanted && `${n} of ${rows.length} rows`;
    });
}

const number = (n) => n.toLocaleString('en');
const milliseconds = (ns) => (ns / 1e6).toFixed(3);

/* The explorer: what it shows is from..to of the boot, in nanoseconds. */
class Explorer {
    constructor(at, events, colours) {
        this.spans = events.filter((e) => e.ph === 'X').map(({name, cat, args: a}) => ({name,
            start: a.start_ns, ns: a.ns, own: a.own_ns, end: a.start_ns + a.ns, lane: a.depth,
            beside: a.beside, colour: colours[cat === 'stage' ? name : cat] || 'c1'}));
        this.lanes = 1 + Math.max(...this.spans.map((s) => s.lane));
        for (const s of this.spans.filter((x) => x.beside))
            s.lane = this.lanes;
        this.lanes += this.spans.some((s) => s.beside);
        this.from = 0;
        this.to = this.end = Math.max(...this.spans.map((s) => s.end));
        this.wanted = '';
        this.pen = document.createElement('canvas').getContext('2d');
        this.says = make('p', {class: 'status', role: 'status'});
        this.frame = make('div', {class: 'frame', id: 'frame', tabindex: '0', role: 'group',
            'aria-label': 'Timeline. Arrow keys move, plus and minus zoom, Home shows all.'});
        at.append(make('h3', {}, 'Look closer'),
            make('p', {}, 'Zoom with the buttons, with + and − when the picture has the focus, ' +
                'with Ctrl and the wheel, or with two fingers; move with the arrow keys or by ' +
                'dragging. A click on a span chooses it, a double click fills the picture ' +
                'with it.'),
            make('div', {class: 'tools'},
                button('Zoom in', () => this.zoom(0.5)), button('Zoom out', () => this.zoom(2)),
                button('Earlier', () => this.move(-0.25)), button('Later', () => this.move(0.25)),
                button('All', () => this.show(0, this.end)),
                search('Find', (words, enter) => this.find(words, enter))),
            this.frame, this.says);
        at.hidden = false;
        this.listen(this.frame);
        new ResizeObserver(() => this.draw()).observe(this.frame);
    }

    /* Show a range of time, within the boot and not less than 20 ns of it. */
    show(from, to) {
        const length = Math.min(this.end, Math.max(20, to - from));
        this.from = Math.min(Math.max(0, from), this.end - length);
        this.to = this.from + length;
        this.draw();
    }

    zoom(factor, at = 0.5) {
        const length = this.to - this.from, middle = this.from + at * length;
        this.show(middle - at * length * factor, middle + (1 - at) * length * factor);
    }

    move(part) {
        const by = part * (this.to - this.from);
        this.show(this.from + by, this.to + by);
    }

    choose(span, fill) {
        this.chosen = span;
        if (fill)
            this.show(span.start - span.ns * 0.02, span.end + span.ns * 0.02);
        else
            this.draw();
    }

    hit(span) {
        return this.wanted && span.name.toLowerCase().includes(this.wanted);
    }

    find(words, enter) {
        this.wanted = words;
        const hits = this.spans.filter((s) => this.hit(s));
        if (enter && hits.length)
            this.choose(hits[(hits.indexOf(this.chosen) + 1) % hits.length], true);
        else
            this.draw();
        return words && (hits.length ? `${hits.length} found; Enter goes to the next` :
            'none found');
    }

    /* Keys, the wheel, and pointers: dragging moves, two fingers zoom. */
    listen(frame) {
        const keys = {ArrowLeft: () => this.move(-0.2), ArrowRight: () => this.move(0.2),
            '+': () => this.zoom(0.5), '=': () => this.zoom(0.5), '-': () => this.zoom(2),
            Home: () => this.show(0, this.end)};
        const place = (e) => {
            const box = frame.getBoundingClientRect();
            return (e.clientX - box.left) / box.width;
        };
        const down = new Map();
        const spread = () => Math.max(0.02, Math.max(...down.values()) -
            Math.min(...down.values()));
        frame.addEventListener('keydown', (e) => {
            if (!keys[e.key] || e.ctrlKey || e.metaKey || e.altKey)
                return;
            e.preventDefault();
            keys[e.key]();
        });
        frame.addEventListener('wheel', (e) => {
            if (!e.ctrlKey && !e.metaKey)
                return;
            e.preventDefault();
            this.zoom(Math.exp(e.deltaY / 200), place(e));
        }, {passive: false});
        frame.addEventListener('pointerdown', (e) => down.set(e.pointerId, place(e)));
        for (const type of ['pointerup', 'pointercancel', 'pointerleave'])
            frame.addEventListener(type, (e) => down.delete(e.pointerId));
        frame.addEventListener('pointermove', (e) => {
            if (!down.has(e.pointerId))
                return;
            const was = down.get(e.pointerId), before = spread(), is = place(e);
            down.set(e.pointerId, is);
            if (down.size === 2)
                this.zoom(before / spread(), [...down.values()].reduce((a, b) => a + b) / 2);
            else if (is !== was)
                this.move(was - is);
        });
        for (const type of ['click', 'dblclick'])
            frame.addEventListener(type, (e) => {
                const at = this.from + place(e) * (this.to - this.from);
                const y = e.clientY - frame.getBoundingClientRect().top - MAP - AXIS;
                const span = this.spans.find((s) => s.lane === Math.floor(y / LANE) &&
                    s.start <= at && at < s.end);
                if (span)
                    this.choose(span, type === 'dblclick');
            });
    }

    draw() {
        const wide = this.frame.clientWidth, tall = MAP + AXIS + this.lanes * LANE + 4;
        if (!wide)
            return;
        const scale = wide / (this.to - this.from), x = (ns) => (ns - this.from) * scale;
        const range = `${milliseconds(this.from)} to ${milliseconds(this.to)} ms of ` +
            `${milliseconds(this.end)} ms`;
        const svg = make('svg', {class: 'picture', role: 'img', width: wide, height: tall,
            viewBox: `0 0 ${wide} ${tall}`, 'aria-label': range},
        make('rect', {class: 'track', width: wide, height: 5}),
        make('rect', {class: 'c0 thin', x: this.from / this.end * wide, height: 5,
            width: (this.to - this.from) / this.end * wide}));
        this.pen.font = '12px ' + getComputedStyle(document.body).fontFamily;
        const fits = (words, room) => this.pen.measureText(words).width <= room;
        this.axis(svg, wide, tall, x, fits);
        const seen = this.spans.filter((s) => x(s.end) >= 0 && x(s.start) <= wide);
        for (const s of seen) {
            const left = Math.max(-2, x(s.start)), w = Math.min(wide + 2, x(s.end)) - left;
            const y = MAP + AXIS + s.lane * LANE, inside = Math.max(0, left);
            svg.append(make('rect', {class: s.colour + (this.hit(s) ? ' hit' : '') +
                (s === this.chosen ? ' chosen' : '') + (w < 3 ? ' thin' : ''), x: left, y,
            width: w, height: LANE - 3}, make('title', {}, `${s.name}: ${number(s.ns)} ns`)));
            if (fits(s.name, Math.min(wide, left + w) - inside - 10))
                svg.append(make('text', {class: 's', x: inside + 5, y: y + 19}, s.name));
        }
        this.frame.replaceChildren(svg);
        const c = this.chosen;
        this.says.textContent = `${range}, ${seen.length} of ${this.spans.length} spans. ` + (c ?
            `${c.name}: ${number(c.ns)} ns from ${number(c.start)} ns, itself ${number(c.own)} ns.`
            : '');
    }

    /* Lines at each 1, 2 or 5 of a power of ten of nanoseconds, at least 110 pixels apart */
    axis(svg, wide, tall, x, fits) {
        const least = (this.to - this.from) * 110 / wide;
        const power = 10 ** Math.floor(Math.log10(least));
        const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least);
        for (let t = Math.ceil(this.from / step) * step; t <= this.to; t += step) {
            const words = (step < 1e6 ? (t / 1e6).toFixed(step < 1e3 ? 6 : 3) :
                number(Math.round(t / 1e6))) + ' ms';
            if (fits(words, wide - x(t) - 6))
                svg.append(make('text', {class: 's dim', x: x(t) + 4, y: MAP + 14}, words));
            svg.append(make('path', {class: 'link', d: `M${x(t)} ${MAP}V${tall}`}));
        }
    }
}

for (const table of document.querySelectorAll('table[data-search]'))
    table.parentNode.before(searchable(table));
for (const tree of document.querySelectorAll('.tree')) {
    const all = (open) => () => tree.querySelectorAll('details').forEach((d) => {
        d.open = open;
    });
    tree.before(make('div', {class: 'tools'}, button('Open all', all(true)),
        button('Close all', all(false))));
}
const data = (name) => JSON.parse(document.getElementById(`data-${name}`).textContent);
const place = document.getElementById('explorer');
if (place)
    new Explorer(place, data('timeline').traceEvents, data('colours'));

/* A browser without ::details-content prints only what is open. */
const shut = [];
addEventListener('beforeprint', () => {
    shut.push(...document.querySelectorAll('details:not([open])'));
    shut.forEach((d) => { d.open = true; });
});
addEventListener('afterprint', () => shut.splice(0).forEach((d) => { d.open = false; }));
