/** Writes docs/PROBLEMS.md from the catalogue: `npx tsx scripts/problems-document.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { problemsMarkdown } from '../gateway/docs/problems-markdown.ts';

const path = new URL('../docs/PROBLEMS.md', import.meta.url);
mkdirSync(new URL('.', path), { recursive: true });
writeFileSync(path, problemsMarkdown());
console.log('wrote docs/PROBLEMS.md');
