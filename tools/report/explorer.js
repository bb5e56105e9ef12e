/* SPDX-License-Identifier: GPL-2.0-only */
/* The explorer of the timeline. Its numbers are those of the table. */
'use strict';

const CLASSES = {stage: 'c5', function: 'c1', level: 'c2', initcall: 'c3', step: 'c4', exec: 'c7',
    service: 'c6'};
const LANE = 30, AXIS = 26, MAP = 12;

class Explorer {
    constructor(at, table) {
        this.spans = [...table.tBodies[0].rows].map((row) => {
            const cell = [...row.cells].map((c) => c.textContent);
            const number = (n) => Number(cell[n].replaceAll(',', ''));
            const depth = Number(/d(\d+)/.exec(row.cells[0].className)[1]);
            return {name: cell[0].trim(), kind: cell[1], start: number(2), ns: number(3),
                own: number(4), depth: depth, beside: /\bbeside\b/.test(cell[7])};
        });
        this.end = Math.max(...this.spans.map((s) => s.start + s.ns));
        this.lanes = 1 + Math.max(...this.spans.map((s) => s.depth));
        if (this.spans.some((s) => s.beside)) {
            for (const s of this.spans.filter((x) => x.beside))
                s.depth = this.lanes;
            this.lanes++;
        }
        this.from = 0;
        this.to = this.end;
        this.wanted = '';
        this.chosen = null;
        this.pen = document.createElement('canvas').getContext('2d');
        this.build(at);
        new ResizeObserver(() => this.draw()).observe(this.frame);
    }

    build(at) {
        this.says = make('p', {class: 'status', role: 'status'});
        this.frame = make('div', {class: 'frame', id: 'frame', tabindex: '0', role: 'group',
            'aria-label': 'Timeline. Arrow keys move, plus and minus zoom, Home shows all.'});
        this.more = make('span', {role: 'status'});
        const kinds = [...new Set(this.spans.map((s) => s.kind))];
        at.append(make('h3', {}, 'Look closer'),
            make('p', {}, 'Zoom with the buttons, with + and − when the picture has the ' +
                'focus, with Ctrl and the wheel, or with two fingers; move with the arrow ' +
                'keys or by dragging. ' +
                'A click on a span chooses it, a double click fills the picture with it.'),
            make('div', {class: 'tools'},
                button('Zoom in', () => this.zoom(0.5)), button('Zoom out', () => this.zoom(2)),
                button('Earlier', () => this.move(-0.25)), button('Later', () => this.move(0.25)),
                button('All', () => this.show(0, this.end)),
                search('Find', (words, enter) => this.find(words, enter)), this.more),
            this.frame, this.says,
            make('ul', {class: 'legend'}, ...kinds.map((k) => make('li', {},
                make('span', {class: CLASSES[k] || 'c0'}), k))));
        at.hidden = false;
        this.frame.addEventListener('keydown', (e) => this.key(e));
        this.frame.addEventListener('wheel', (e) => this.wheel(e), {passive: false});
        this.pointers(this.frame);
    }

    /* Show a range of time, within the boot and not less than 20 ns of it. */
    show(from, to) {
        const length = Math.min(this.end, Math.max(20, to - from));
        this.from = Math.min(Math.max(0, from), this.end - length);
        this.to = this.from + length;
        this.draw();
    }

    zoom(factor, at = 0.5) {
        const length = this.to - this.from;
        const middle = this.from + at * length;
        this.show(middle - at * length * factor, middle + (1 - at) * length * factor);
    }

    move(part) {
        const by = part * (this.to - this.from);
        this.show(this.from + by, this.to + by);
    }

    choose(span, fill) {
        this.chosen = span;
        if (fill)
            this.show(span.start - span.ns * 0.02, span.start + span.ns * 1.02);
        else
            this.draw();
    }

    find(words, enter) {
        this.wanted = words.trim().toLowerCase();
        const hits = this.wanted ? this.spans.filter((s) => this.hit(s)) : [];
        if (enter && hits.length)
            this.choose(hits[(hits.indexOf(this.chosen) + 1) % hits.length], true);
        else
            this.draw();
        this.more.textContent = !this.wanted ? '' : hits.length ?
            `${hits.length} found; Enter goes to the next` : 'none found';
    }

    hit(span) {
        return this.wanted !== '' && span.name.toLowerCase().includes(this.wanted);
    }

    key(e) {
        const act = {ArrowLeft: () => this.move(-0.2), ArrowRight: () => this.move(0.2),
            '+': () => this.zoom(0.5), '=': () => this.zoom(0.5), '-': () => this.zoom(2),
            Home: () => this.show(0, this.end)}[e.key];
        if (!act || e.ctrlKey || e.metaKey || e.altKey)
            return;
        e.preventDefault();
        act();
    }

    place(e) {
        const box = this.frame.getBoundingClientRect();
        return (e.clientX - box.left) / box.width;
    }

    wheel(e) {
        if (!e.ctrlKey && !e.metaKey)
            return;
        e.preventDefault();
        this.zoom(Math.exp(e.deltaY / 200), this.place(e));
    }

    /* Dragging moves; two fingers zoom. */
    pointers(frame) {
        const down = new Map();
        const spread = () => {
            const [a, b] = [...down.values()];
            return Math.max(0.02, Math.abs(a - b));
        };
        frame.addEventListener('pointerdown', (e) => down.set(e.pointerId, this.place(e)));
        for (const type of ['pointerup', 'pointercancel', 'pointerleave'])
            frame.addEventListener(type, (e) => down.delete(e.pointerId));
        frame.addEventListener('pointermove', (e) => {
            const was = down.get(e.pointerId);
            if (was === undefined)
                return;
            const before = down.size === 2 ? spread() : 0;
            down.set(e.pointerId, this.place(e));
            if (down.size === 2)
                this.zoom(before / spread(), [...down.values()].reduce((a, b) => a + b) / 2);
            else if (Math.abs(this.place(e) - was) > 0)
                this.move(was - this.place(e));
        });
        frame.addEventListener('click', (e) => this.picked(e, false));
        frame.addEventListener('dblclick', (e) => this.picked(e, true));
    }

    picked(e, fill) {
        const box = this.frame.getBoundingClientRect();
        const at = this.from + this.place(e) * (this.to - this.from);
        const lane = Math.floor((e.clientY - box.top - MAP - AXIS) / LANE);
        const span = this.spans.find((s) => s.depth === lane && s.start <= at &&
            at < s.start + s.ns);
        if (span)
            this.choose(span, fill);
    }

    /* A step of the axis: 1, 2 or 5 of a power of ten */
    step(pixels) {
        const least = (this.to - this.from) * 110 / pixels;
        const power = 10 ** Math.floor(Math.log10(least));
        return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least);
    }

    draw() {
        const wide = this.frame.clientWidth, tall = MAP + AXIS + this.lanes * LANE + 4;
        if (!wide)
            return;
        const scale = wide / (this.to - this.from);
        const svg = make('svg', {class: 'picture', role: 'img', width: wide, height: tall,
            viewBox: `0 0 ${wide} ${tall}`, 'aria-label': this.range()});
        svg.append(make('rect', {class: 'track', x: 0, y: 0, width: wide, height: 5}),
            make('rect', {class: 'c1 thin', x: this.from / this.end * wide, y: 0, height: 5,
                width: (this.to - this.from) / this.end * wide}));
        const step = this.step(wide);
        for (let t = Math.ceil(this.from / step) * step; t <= this.to; t += step) {
            const x = (t - this.from) * scale, words = this.time(t, step);
            if (x + this.measure(words) + 6 < wide)
                svg.append(make('text', {class: 's dim', x: x + 4, y: MAP + 14}, words));
            svg.append(make('path', {class: 'link', d: `M${x} ${MAP}V${tall}`}));
        }
        let seen = 0;
        for (const s of this.spans) {
            const x = Math.max(-2, (s.start - this.from) * scale);
            const w = Math.min(wide + 2, (s.start + s.ns - this.from) * scale) - x;
            if (w < 0 || x > wide)
                continue;
            seen++;
            svg.append(this.box(s, x, w, wide));
            const left = Math.max(0, x), room = Math.min(wide, x + w) - left - 10;
            if (this.measure(s.name) <= room)
                svg.append(make('text', {class: 's', x: left + 5,
                    y: MAP + AXIS + s.depth * LANE + 19}, s.name));
        }
        this.frame.replaceChildren(svg);
        const c = this.chosen;
        const ns = (n) => `${n.toLocaleString('en')} ns`;
        this.says.textContent = `${this.range()}, ${seen} of ${this.spans.length} spans. ` +
            (c ? `${c.name}: ${ns(c.ns)} from ${ns(c.start)}, itself ${ns(c.own)}.` : '');
    }

    box(s, x, w) {
        const extra = (this.hit(s) ? ' hit' : '') + (s === this.chosen ? ' chosen' : '') +
            (w < 3 ? ' thin' : '');
        return make('rect', {class: (CLASSES[s.kind] || 'c0') + extra, x: x, width: w,
            y: MAP + AXIS + s.depth * LANE, height: LANE - 3},
            make('title', {}, `${s.name}: ${s.ns.toLocaleString('en')} ns`));
    }

    measure(words) {
        this.pen.font = '12px ' + getComputedStyle(document.body).fontFamily;
        return this.pen.measureText(words).width;
    }

    time(ns, step) {
        if (step >= 1e6)
            return `${Math.round(ns / 1e6).toLocaleString('en')} ms`;
        const digits = step >= 1e3 ? 3 : 6;
        return `${(ns / 1e6).toFixed(digits)} ms`;
    }

    range() {
        const ms = (ns) => (ns / 1e6).toFixed(3);
        return `${ms(this.from)} to ${ms(this.to)} ms of ${ms(this.end)} ms`;
    }
}
