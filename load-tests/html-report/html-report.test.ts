import { describe, expect, it } from 'vitest';
import { htmlReport } from './html-report.ts';
import { inlineCode, markup } from './markup.ts';
import { hostile, sampleFacts } from './sample.fixture.ts';

/** The page without what is inlined: markup alone. */
function bare(html: string): string {
  return html.replaceAll(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
}

/** The data, read as the page reads it. */
function dataOf(html: string): unknown {
  return JSON.parse(/<script type="application\/json" id="sale">([^<]*)<\/script>/.exec(html)?.[1] ?? '');
}

describe('the report of a flash sale', () => {
  it('says the verdict in words, with every count', () => {
    const text = bare(htmlReport(sampleFacts()));
    expect(text).toContain('<h1>Clean</h1>');
    expect(text).toContain('nothing that was acknowledged was lost, through 2 faults');
    for (const name of ['oversold', 'undersold', 'lost', 'duplicated', 'holds leaked', 'faults recovered', 'books verified'])
      expect(text).toContain(`<span>${name}</span>`);
    expect(text).toContain('postgres, fsynced');
  });

  it('says what was broken when it was', () => {
    const text = bare(htmlReport(sampleFacts({ ok: false, oversold: 1, undersold: 2, verified: false, differences: ['1 is not 2'] })));
    expect(text).toContain('<h1>Failed</h1>');
    expect(text).toContain(
      '1 unit oversold, 2 units left while somebody wanted one, the books of the stopped folder are not clean, 1 difference',
    );
    expect(text).toContain('<li>1 is not 2</li>');
  });

  it('loads nothing from anywhere', () => {
    const html = htmlReport(sampleFacts());
    const places = [...bare(html).matchAll(/\b(?:src|href|action|srcset|poster)\s*=\s*"([^"]*)"/g)].map(([, place]) => place);
    expect(places).toEqual(['data:,']);
    expect(html).not.toMatch(/@import|url\(|<link rel="?stylesheet|<script[^>]*\bsrc/);
    expect(html).toContain('default-src &#39;none&#39;');
  });

  it('shows hostile words as words', () => {
    const html = htmlReport(
      sampleFacts({ durability: hostile, differences: [hostile], ok: false }, { command: hostile, warning: hostile }),
    );
    expect(bare(html)).not.toContain('onerror="');
    expect(html.match(/<script/g)).toHaveLength(htmlReport(sampleFacts()).match(/<script/g)!.length);
    const fault = { ...sampleFacts().report.faults[0]!, target: hostile, failure: hostile, recovered: false };
    const withFault = htmlReport(sampleFacts({ faults: [fault], ok: false }));
    expect(dataOf(withFault)).toMatchObject({ faults: [{ target: hostile }] });
    expect(withFault).not.toContain("document.title = 'taken'</script>");
  });

  it('has the same numbers as a table, empty seconds included', () => {
    const text = bare(htmlReport(sampleFacts()));
    expect(text).toContain('<tr><td>0</td><td>20</td><td>18</td><td>0</td><td>3.2</td><td>40</td><td>–</td><td>–</td><td>–</td></tr>');
    expect(text).toContain('<tr><td>13</td><td>0</td><td>0</td><td>0</td><td>–</td><td>–</td><td>540</td><td>3</td><td>234</td></tr>');
  });

  it('without faults speaks of none', () => {
    const text = bare(htmlReport(sampleFacts({ faults: [], verified: null })));
    expect(text).not.toContain('faults recovered');
    expect(text).not.toContain('<h2 id="faults">');
  });

  it('is well formed: every element that is opened is closed, in order', () => {
    const empty = new Set(['meta', 'link', 'img', 'br', '!doctype']);
    const open: string[] = [];
    for (const [, slash, name] of bare(htmlReport(sampleFacts({ differences: ['one'], ok: false }))).matchAll(
      /<(\/?)([a-z!][a-z0-9]*)[^>]*>/gi,
    )) {
      if (empty.has(name!.toLowerCase())) continue;
      if (slash === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });
});

describe('markup', () => {
  it('escapes what is text and keeps what is markup', () => {
    expect(markup`<b title="${'"'}">${'<i>'}${markup`<i>${1}</i>`}${['&', null]}</b>`.text).toBe(
      '<b title="&quot;">&lt;i&gt;<i>1</i>&amp;</b>',
    );
  });

  it('refuses code that would end its own element', () => {
    expect(() => inlineCode('const end = "</SCRIPT>";')).toThrow('closing tag');
  });
});
