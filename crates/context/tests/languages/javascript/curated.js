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

async function* generator() { /* ... */ }

function short() {}

function regex() { /* ... */ }

const arrow = (a) => { /* ... */ };
const object = a => { /* ... */ };
const block = async ({ a, b }) => { /* ... */ };
let later;
later = function () { /* ... */ };
var old = function named() { /* ... */ }, second = 2;

class Base {}
class Shape extends (class Inner extends Base { hidden() { /* ... */ } }) {
    static origin = new Shape();
    #secret = 1;
    onClick = (event) => { /* ... */ };
    static { /* ... */ }
    constructor(x, y) { /* ... */ }
    get area() { /* ... */ }
    set area(value) { /* ... */ }
    static async create(...args) { /* ... */ }
    async *[Symbol.asyncIterator]() { /* ... */ }
    'string name'() { /* ... */ }
    42() { /* ... */ }
    #private() { /* ... */ }
    static *kept_by_name() { yield 'this one is kept'; }
}

Shape.prototype.grow = function (by) { /* ... */ };
Shape.fromJSON = json => { /* ... */ };
Shape.prototype['odd key'] = function () { /* ... */ };

const api = {
    get(id) { /* ... */ },
    get size() { /* ... */ },
    async post(id) { /* ... */ },
    arrow: (x) => { /* ... */ },
    fn: function () { /* ... */ },
    [`computed ${1}`]: function () { /* ... */ },
    nested: { deep() { /* ... */ } },
    data: [1, 2, 3],
};

(function (global) {
    var inside = 1;
    function inner() { /* ... */ }
    global.inner = inner;
})(this);

(() => {
    class Wrapped { method() { /* ... */ } }
})();

!function (root, factory) {
    root.umd = factory();
}(this, function () {
    return { version: '1', run: function () { /* ... */ } };
});

const Module = (function () {
    function Constructor() { /* ... */ }
    Constructor.prototype.method = function () { /* ... */ };
    return Constructor;
}).call(this);

app.get('/', (req, res) => { /* ... */ });
[1, 2].forEach(function (x) { /* ... */ });

if (typeof window !== 'undefined') {
    window.onload = function () { /* ... */ };
    function conditional() { /* ... */ }
}
try { risky(); } catch (error) { later = () => { /* ... */ }; }
for (let i = 0; i < 3; i++) { hooks.push(function () { /* ... */ }); }

label: for (const x of []) continue label;

const Element = ({ name, children }) => { /* ... */ };
function Component(props) { /* ... */ }

exports.helper = function helper() { /* ... */ };
module.exports = class Exported { method() { /* ... */ } };
export const Kept = { byName() { return 'kept by its name'; }, not() { /* ... */ } };
export default function () { /* ... */ }
