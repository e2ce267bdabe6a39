/** The contract between actors and whoever hosts them. */
export * from './actor.ts';
export * from './assert.ts';
export * from './currency.ts';
export * from './hold-id.ts';
export * from './ids.ts';
export * from './instant.ts';
export * from './instant-heap.ts';
export * from './limits.ts';
export * from './money.ts';
export * from './quantity.ts';
export * from './rows.ts';
export * from './undo.ts';
