/** What is measured with very many open sockets. */
import type { Measure } from '../measure.ts';
import { fanOut } from './n7-fan-out.ts';
import { holdsBesidePages } from './n6-holds-beside-pages.ts';
import { lastPage } from './n11-last-page.ts';
import { socketMemory } from './n8-socket-memory.ts';

export const socketMeasures: readonly Measure[] = [...holdsBesidePages, fanOut, socketMemory, lastPage];
