import { runCatalogConformance } from './conformance.ts';
import { MemoryCatalog } from './memory.ts';

runCatalogConformance('memory', async () => ({ catalog: new MemoryCatalog(), async [Symbol.asyncDispose]() {} }));
