/** What the modules of a page find before they draw. */
import { vi } from 'vitest';
import { minorDigitsByCurrency } from '../../actors/kernel/index.ts';
import { type BootData, renderPage } from './static.ts';

export const boot: BootData = {
  storeName: 'Demo Store',
  publishableKey: 'pk_1',
  demo: true,
  minorDigits: minorDigitsByCurrency,
  testCards: true,
  serverTime: '2026-03-01T12:00:00.000Z',
};

export function bootJsonOf(page: string): string {
  return /id="boot">(.*?)<\/script>/.exec(page)?.[1] ?? '';
}

/** Before the first import of a module that reads it. */
export function openPage(): void {
  const textContent = bootJsonOf(renderPage('merchant', boot).body);
  vi.stubGlobal('document', { getElementById: (id: string) => (id === 'boot' ? { textContent } : null) });
}
