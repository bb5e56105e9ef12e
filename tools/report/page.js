/* SPDX-License-Identifier: GPL-2.0-only */
/* What the page can do beyond being read: search in tables, open all layers, and
   look closer at the timeline (explorer.js, which stands before this). */
const SVG = 'http://www.w3.org/2000/svg';

/* make('p', {class: 'x'}, 'text', child): an element */
function make(name, attributes, ...children) {
    const drawn = ['svg', 'rect', 'text', 'path', 'title', 'g'].includes(name);
    const e = drawn ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {}))
        e.setAttribute(key, value);
    e.append(...children);
    return e;
}

function button(words, act) {
    const b = make('button', {type: 'button'}, words);
    b.addEventListener('click', act);
    return b;
}

/* A field with a label; act(text, was Enter pressed) */
function search(label, act) {
    const input = make('input', {type: 'search', autocomplete: 'off'});
    input.addEventListener('input', () => act(input.value, false));
    input.addEventListener('keydown', (e) => {
        if (e.key === 'Enter')
            act(input.value, true);
    });
    return make('label', {class: 'search'}, label + ' ', input);
}

function filterable(table) {
    const rows = [...table.tBodies[0].rows];
    const says = make('span', {role: 'status'}, '');
    const field = search(table.dataset.filter, (words) => {
        const wanted = words.toLowerCase();
        let n = 0;
        for (const row of rows) {
            row.hidden = !row.textContent.toLowerCase().includes(wanted);
            n += !row.hidden;
        }
        says.textContent = wanted ? `${n} of ${rows.length} rows` : '';
    });
    table.parentNode.before(make('div', {class: 'search'}, field, says));
}

function openers(tree) {
    const all = (open) => () => {
        for (const d of tree.querySelectorAll('details'))
            d.open = open;
    };
    tree.before(make('div', {class: 'tools'}, button('Open all', all(true)),
        button('Close all', all(false))));
}

for (const table of document.querySelectorAll('table[data-filter]'))
    filterable(table);
for (const tree of document.querySelectorAll('.tree'))
    openers(tree);
const place = document.getElementById('explorer');
const spans = document.getElementById('timeline-table');
if (place && spans)
    new Explorer(place, spans);

/* A browser without ::details-content prints only what is open. */
const shut = [];
addEventListener('beforeprint', () => {
    for (const d of document.querySelectorAll('details:not([open])')) {
        shut.push(d);
        d.open = true;
    }
});
addEventListener('afterprint', () => {
    for (const d of shut.splice(0))
        d.open = false;
});
