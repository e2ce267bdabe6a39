/** The table of files, and what the HTML shell lets a browser do. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boot, bootJsonOf } from './page.fixture.ts';
import { readStatic, renderPage, staticFiles } from './static.ts';

function filesOf(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && /(?<!\.d)\.(js|css|svg)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importMapOf(body: string): { text: string; imports: Record<string, string> } {
  const text = /<script type="importmap">(.*?)<\/script>/.exec(body)?.[1] ?? '';
  return { text, imports: (JSON.parse(text) as { imports: Record<string, string> }).imports };
}

describe('the table', () => {
  it('has every file of the pages and the client, and no other of ours', () => {
    const listed = Object.entries(staticFiles)
      .filter(([path]) => path.startsWith('/assets/'))
      .map(([, entry]) => entry.file);
    expect(listed.sort()).toEqual([...filesOf(import.meta.dirname), ...filesOf(join(import.meta.dirname, '../client'))].sort());
  });

  it('has everything that any of its modules imports', () => {
    const { imports } = importMapOf(renderPage('storefront', boot).body);
    for (const [path, { file }] of Object.entries(staticFiles)) {
      if (!path.endsWith('js')) continue;
      const source = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
      for (const [, specifier = ''] of source.matchAll(/(?:^|[;}])\s*(?:import|export)[^'"();]*?from\s*['"]([^'"]+)['"]/gm)) {
        const target = specifier.startsWith('.') ? new URL(specifier, `http://x${path}`).pathname : imports[specifier];
        expect(staticFiles, `${path} imports ${specifier}`).toHaveProperty([target ?? specifier]);
      }
    }
  });

  it('serves no path that is not in it', () => {
    for (const path of ['/assets/../static.ts', '/assets/static.ts', '/assets/', '__proto__', 'constructor', '/vendor/react.mjs'])
      expect(readStatic(path)).toBeNull();
  });

  it('names each body by its content and tells how long it may be kept', () => {
    const file = readStatic('/assets/base.css');
    expect(file).toMatchObject({ contentType: 'text/css; charset=utf-8', cacheControl: 'no-cache' });
    expect(file?.etag).toBe(
      `"${createHash('sha256')
        .update(file?.bytes ?? '')
        .digest('base64url')
        .slice(0, 22)}"`,
    );
    expect(readStatic('/vendor/preact.mjs')?.cacheControl).toContain('max-age');
  });

  it('serves packages without links to source maps that do not exist', () => {
    for (const path of Object.keys(staticFiles)) expect(readStatic(path)?.bytes.toString('utf8')).not.toContain('sourceMappingURL');
  });
});

describe('a page', () => {
  it('runs no inline script but the import map, which it allows by hash', () => {
    const { body, headers } = renderPage('storefront', boot);
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain(`'sha256-${createHash('sha256').update(importMapOf(body).text).digest('base64')}'`);
    expect(policy).not.toContain('unsafe');
    const inline = [...body.matchAll(/<script(?![^>]*\bsrc=)([^>]*)>/g)].map((match) => match[1]?.trim());
    expect(inline).toEqual(['type="importmap"', 'type="application/json" id="boot"']);
    expect(body).not.toMatch(/ on\w+=| style=|<style/);
  });

  it('cannot be broken out of by a store name', () => {
    const nasty = { ...boot, storeName: '</script><script>alert(1)</script>&"' };
    const { body } = renderPage('merchant', nasty);
    expect(body).not.toContain('<script>alert');
    expect(JSON.parse(bootJsonOf(body))).toEqual(nasty);
  });

  it('refers only to files that exist', () => {
    for (const page of ['storefront', 'merchant'] as const) {
      for (const [, path = ''] of renderPage(page, boot).body.matchAll(/(?:src|href)="([^"]+)"/g))
        expect(staticFiles).toHaveProperty([path]);
    }
  });
});
