/** Markup in template strings: `html` makes the same nodes JSX would, without a build. */
import htm from 'htm';
import { h } from 'preact';

// The package's types are written for CommonJS, where `default` sits one level deeper.
/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => import('preact').VNode} */
export const html = /** @type {any} */ (htm).bind(h);
