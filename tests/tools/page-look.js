/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks at a page as laid out; for tests/tools/page-check.py. Returns, by name of the
   check, what is wrong. `seen` counts what was looked at: none would prove nothing. */
const seen = {text: 0, drawn: 0, pictures: 0}, wrong = {};

function complain(check, words) {
    (wrong[check] = wrong[check] || []).push(words);
}

/* Visible text: {node, element, words, box, drawn in which svg} */
function texts() {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), out = [];
    while (walk.nextNode()) {
        const node = walk.currentNode, element = node.parentElement;
        if (!node.data.trim() || element.closest('script, style, title, desc') ||
            !element.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}))
            continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width > 0.5 && box.height > 0.5)
                out.push({element, box, words: node.data.trim().slice(0, 60),
                    svg: element.closest('svg')});
        }
    }
    return out;
}

function hidden(t) {
    const skip = t.element.closest('.skip');
    return skip && skip !== document.activeElement;
}

/* Do two boxes share more than rounding explains? */
function overlap(a, b) {
    return Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
}

function inside(inner, outer, slack) {
    return inner.left >= outer.left - slack && inner.right <= outer.right + slack &&
        inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
}

const scrolls = (e) => e.closest('.scroll, pre');
const pans = (e) => scrolls(e) || e.closest('.pan') && getComputedStyle(e.closest('.pan')).overflowX === 'auto';

function layout(all) {
    const wide = document.documentElement.clientWidth, is = document.documentElement.scrollWidth;
    if (is > wide)
        complain('layout', `the page is ${is} wide, the window ${wide}`);
    for (const t of all) {
        if (!pans(t.element) && (t.box.left < -0.5 || t.box.right > wide + 0.5))
            complain('layout', `cut by the window's edge: ${t.words}`);
        for (let e = t.element; e && e !== document.body; e = e.parentElement) {
            const style = getComputedStyle(e), box = e.getBoundingClientRect();
            if (['hidden', 'clip'].includes(style.overflowX) && style.display !== 'inline' &&
                !inside(t.box, box, 2))
                complain('layout', `clipped: ${t.words}`);
        }
    }
    const order = all.filter((t) => !t.svg || t.svg.matches('.picture'))
        .sort((a, b) => a.box.top - b.box.top);
    order.forEach((a, n) => {
        for (let m = n + 1; m < order.length && order[m].box.top < a.box.bottom; m++) {
            const b = order[m], head = a.element.closest('thead') || b.element.closest('thead');
            if (a.element !== b.element && !head && overlap(a.box, b.box) &&
                !(scrolls(a.element) || scrolls(b.element)))
                complain('layout', `overlap: "${a.words}" and "${b.words}"`);
        }
    });
}

/* What a drawn text stands on: the last shape painted before it that has its middle. */
function ground(t) {
    const x = (t.box.left + t.box.right) / 2, y = (t.box.top + t.box.bottom) / 2;
    let last = null;
    for (const shape of t.svg.querySelectorAll('rect, path')) {
        if (!(shape.compareDocumentPosition(t.element) & Node.DOCUMENT_POSITION_FOLLOWING))
            break;
        const box = shape.getBoundingClientRect();
        if (getComputedStyle(shape).fill !== 'none' && x >= box.left && x <= box.right &&
            y >= box.top && y <= box.bottom)
            last = shape;
    }
    return last;
}

function drawn(all) {
    for (const t of all.filter((x) => x.svg)) {
        seen.drawn++;
        if (!inside(t.box, t.svg.getBoundingClientRect(), 2))
            complain('drawn', `outside its picture: ${t.words}`);
        const shape = ground(t);
        if (shape && shape.tagName === 'rect' && !inside(t.box, shape.getBoundingClientRect(), 1.5))
            complain('drawn', `wider or higher than its box: ${t.words}`);
    }
}

function rgb(colour) {
    const [r, g, b, a] = colour.match(/[\d.]+/g).map(Number);
    return {c: [r, g, b], a: a === undefined ? 1 : a};
}

function luminance(c) {
    const [r, g, b] = c.map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
}

function behind(element) {
    for (let e = element; e; e = e.parentElement) {
        const colour = rgb(getComputedStyle(e).backgroundColor);
        if (colour.a === 1)
            return colour.c;
    }
    return [255, 255, 255];
}

function contrasts(all) {
    for (const t of all) {
        const style = getComputedStyle(t.element), shape = t.svg && ground(t);
        const ink = rgb(t.svg ? style.fill : style.color).c;
        const paper = shape ? rgb(getComputedStyle(shape).fill).c : behind(t.element);
        const size = parseFloat(style.fontSize), heavy = Number(style.fontWeight) >= 600;
        const least = size >= 24 || (heavy && size >= 18.66) ? 3 : 4.5, is = contrast(ink, paper);
        if (is < least)
            complain('contrast', `${is.toFixed(2)}, ${least} is needed: ${t.words}`);
    }
    /* WCAG 1.4.11: the outline, or what a thin piece is filled with, tells it from the page. */
    for (const rect of document.querySelectorAll('main rect[class*="c"]')) {
        if (!/\bc\d\b/.test(rect.className.baseVal) || rect.matches('.soft') ||
            !rect.checkVisibility())
            continue;
        const style = getComputedStyle(rect);
        const line = rgb(style.stroke === 'none' ? style.fill : style.stroke).c;
        if (contrast(line, behind(rect.closest('svg').parentElement)) < 3)
            complain('contrast', `an outline of ${rect.className.baseVal}`);
    }
}

function names() {
    const pictures = [...document.querySelectorAll('svg')].filter((s) => s.checkVisibility());
    for (const svg of pictures.filter((s) => s.getAttribute('aria-hidden') !== 'true')) {
        seen.pictures++;
        const by = (svg.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean);
        const words = by.map((id) => (document.getElementById(id) || {}).textContent || '');
        if (!by.length)
            words.push(svg.getAttribute('aria-label') || '');
        if (svg.getAttribute('role') !== 'img' || words.some((w) => !w.trim()))
            complain('names', `a picture has no role or no name: ${svg.outerHTML.slice(0, 120)}`);
    }
    for (const figure of document.querySelectorAll('figure')) {
        const shown = [...figure.querySelectorAll('svg')].filter((s) => s.checkVisibility()).length;
        const twin = figure.nextElementSibling;
        if (shown !== 1)
            complain('names', `${figure.id}: ${shown} pictures are shown`);
        if (!twin || !twin.matches('details.twin') || !twin.querySelector('table caption') ||
            !twin.querySelectorAll('tbody tr').length || !twin.querySelector('th[scope=col]'))
            complain('names', `${figure.id}: no table beside it`);
    }
    let level = 0;
    for (const h of document.querySelectorAll('h1, h2, h3')) {
        if (Number(h.tagName[1]) > level + 1)
            complain('names', `heading out of order: ${h.textContent}`);
        level = Number(h.tagName[1]);
    }
    for (const e of document.querySelectorAll(
        'button, a, input, summary, [role=group], [role=region]')) {
        const label = e.getAttribute('aria-label') || e.textContent || (e.labels && e.labels[0] &&
            e.labels[0].textContent);
        if (!label || !label.trim())
            complain('names', `has no name: ${e.outerHTML.slice(0, 80)}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    if (new Set(ids).size !== ids.length)
        complain('names', 'an id is there twice');
}

const all = texts().filter((t) => !hidden(t));
seen.text = all.length;
layout(all);
drawn(all);
contrasts(all);
names();
return {wrong, seen};
