#!/usr/bin/env node
'use strict';
// A comment at the top.
import def, { named as other } from './module.js';
const fs = require('fs'), path = require('path');

/**
 * Documented.
 * @param {number} a
 */
function plain(a, b = function () { return 1; }, ...rest) {
    // [HOT]
    return a + b() + rest.length;
}

async function* generator() { yield* await other(); }

function short() {}

function regex() { return /[/{}]/g.test('`${}`') ? `a ${`b ${'}'}`}` : "\"}"; }

const arrow = (a) => a.map((x) => x * 2).filter(Boolean);
const object = a => ({ value: a, more: [a, a] });
const block = async ({ a, b }) => {
    await a; return b;
};
let later;
later = function () { return 'assigned later'; };
var old = function named() { return 'an old function'; }, second = 2;

class Base {}
class Shape extends (class Inner extends Base { hidden() { return 'hidden inside'; } }) {
    static origin = new Shape();
    #secret = 1;
    onClick = (event) => { this.#secret = event; };
    static { Shape.ready = true; Shape.count = 0; }
    constructor(x, y) { super(); this.x = x; this.y = y; }
    get area() { return this.x * this.y; }
    set area(value) { this.x = value / this.y; }
    static async create(...args) { return new Shape(...args); }
    async *[Symbol.asyncIterator]() { yield this.x; yield this.y; }
    'string name'() { return 'a string name'; }
    42() { return 'a numeric name'; }
    #private() { return this.#secret; }
    static *kept_by_name() { yield 'this one is kept'; }
}

Shape.prototype.grow = function (by) {
    this.x += by;
    return this;
};
Shape.fromJSON = json => Object.assign(new Shape(), json);
Shape.prototype['odd key'] = function () { return 'odd keys too'; };

const api = {
    get(id) { return fetch('/' + id); },
    get size() { return Object.keys(this).length; },
    async post(id) { await fetch(id, { method: 'POST' }); },
    arrow: (x) => { return x + x + x + x; },
    fn: function () { return this.arrow(1); },
    [`computed ${1}`]: function () { return 'computed'; },
    nested: { deep() { return 'a deep one, kept whole?'; } },
    data: [1, 2, 3],
};

(function (global) {
    var inside = 1;
    function inner() { return inside + inside; }
    global.inner = inner;
})(this);

(() => {
    class Wrapped { method() { return 'wrapped in an arrow'; } }
})();

!function (root, factory) {
    root.umd = factory();
}(this, function () {
    return { version: '1', run: function () { return 'the factory is entered'; } };
});

const Module = (function () {
    function Constructor() { this.value = 'module pattern'; }
    Constructor.prototype.method = function () { return this.value + 1; };
    return Constructor;
}).call(this);

app.get('/', (req, res) => { res.render('index', { title: 'x' }); });
[1, 2].forEach(function (x) { console.log(x + x); });

if (typeof window !== 'undefined') {
    window.onload = function () { console.log('loaded'); };
    function conditional() { return 'in a condition'; }
}
try { risky(); } catch (error) { later = () => { throw error; }; }
for (let i = 0; i < 3; i++) { hooks.push(function () { return i + i; }); }

label: for (const x of []) continue label;

const Element = ({ name, children }) => (
    <div className="x" onClick={() => { alert(`${name}`); }}>
        {/* a comment */} it's {name} &amp; {children}
    </div>
);
function Component(props) { return <Element {...props}>{'}'}</Element>; }

exports.helper = function helper() { return 'exported'; };
module.exports = class Exported { method() { return 'of an exported class'; } };
export const Kept = { byName() { return 'kept by its name'; }, not() { return 'not kept by name'; } };
export default function () { return 'a default without a name'; }
