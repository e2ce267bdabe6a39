/** What the server has put into the page, see `BootData` in static.ts. */

/** @typedef {{ readonly storeName: string, readonly publishableKey: string, readonly demo: boolean, readonly minorDigits: Readonly<Record<string, number>>, readonly testCards: boolean, readonly serverTime: string }} BootData */

/** @returns {BootData} */
export function readBoot() {
  return JSON.parse(document.getElementById('boot')?.textContent ?? '{}');
}
