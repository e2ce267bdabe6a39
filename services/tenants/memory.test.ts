import { runTenantsConformance } from './conformance.ts';
import { MemoryTenants } from './memory.ts';

runTenantsConformance('in memory', () => new MemoryTenants());
