#!/usr/bin/env -S node
'use strict';
/// <reference types="node" />
import fs, { type Stats, readFile as read } from 'node:fs';
import type { A } from './a';
import legacy = require('legacy');
export * as all from './all';
export { read };

declare global {
    interface Window { injected(): void }
}

declare function external(a: number): string;
declare module 'untyped' {
    export function f(x: any): any;
}

/** A type with functions in it. */
export type Handler<T = unknown> = {
    handle(value: T): Promise<void>;
    done: (error?: Error) => void;
} | ((value: T) => void);

export interface Shape extends Base<string>, Other {
    readonly kind: 'shape'; // a field
    area(scale?: number): number;
    new (x: number): Shape;
    (call: string): void;
    get size(): number;
}

export const enum Colour { Red = 1, Green = 'g'.length }

export const LIMIT: number = 10, OTHER = { a: 1 };
let mutable: { run(): void } | undefined;

function over(a: string): string;
function over(a: number): number;
/**
 * The one with a body.
 */
function over(a: any): any { /* ... */ }

export default async function* generate<T extends object>(
    this: Window,
    { a, b = () => { return 1; } }: { a: T; b?: () => number },
    ...rest: string[]
): AsyncGenerator<T, void, unknown> { /* ... */ }

@Component({ selector: 'app', template: `<p>${(() => { return 'not a body of ours'; })()}</p>` })
export abstract class Service<T> extends mixin(Base)<T> implements Shape {
    static readonly MAX = 5;
    static #count = 0;
    @Input() name?: string;
    private readonly cache = new Map<string, number>();
    declare other: string;

    static { /* ... */ }

    /** Makes one. */
    constructor(@Inject(Http) private readonly http: Http, public id = 0) { /* ... */ }

    @core_logic()
    public async load(id: string): Promise<T> { /* ... */ }

    abstract describe(): string;
    overloaded(a: string): void;
    overloaded(a: any): void { /* ... */ }

    get value(): number { /* ... */ }
    set value(v: number) { /* ... */ }
    *[Symbol.iterator](): Iterator<string> { /* ... */ }
    handler = (event: Event): void => { /* ... */ };
    bound = async <U,>(x: U) => { /* ... */ };
    'quoted-name'() { /* ... */ }
    #secret(x: string) { /* ... */ }
    empty(): void {}
}

export namespace Kept.Inner {
    export const depth = 1;
    export function byName() { /* ... */ }
    namespace Deeper { export class C { m() { /* ... */ } } }
}
namespace Kept {
    export function byName(): number { /* ... */ }
}

export const arrow = <T,>(x: T): x is NonNullable<T> => { /* ... */ };
export const curried = (store: Store) => (next: Next) => (action: Action) => { /* ... */ };
export const typed = function named(this: void, x: number) { /* ... */ } satisfies Function;
const cast = ((x: unknown) => { /* ... */ }) as (x: unknown) => string;

export const api = {
    get(id: string) { /* ... */ },
    async *stream() { /* ... */ },
    post: async (id: string) => { /* ... */ },
    nested: { deep: function () { /* ... */ } },
    plain: 1,
};

class Generic<const T> { constructor(private x: T) { /* ... */ } }
abstract class Last { protected abstract get x(): number; y = 1; }

export const wrapped = memo(function Wrapped(props: Props) { /* ... */ });

router.get('/', async (req, res) => { /* ... */ });

for (const key of Object.keys(api)) { register(key, function () { /* ... */ }); }

const Anonymous = class Inner extends Last { run() { /* ... */ } };
export = Anonymous;
