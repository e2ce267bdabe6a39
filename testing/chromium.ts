/** The browser for `x.e2e.test.ts`: whichever Chromium this machine has. Nothing is downloaded. */
import { existsSync } from 'node:fs';

const candidates = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/opt/homebrew/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const howToGetChromium =
  'On Debian or Ubuntu: apt-get install -y chromium-headless-shell (or chromium). Elsewhere: install Chromium or Chrome.';

/** The path of the program, or null. */
export function findChromium(): string | null {
  return candidates.find((path) => existsSync(path)) ?? null;
}

export interface ChromiumLaunch {
  readonly executablePath: string;
  readonly headless: true;
  readonly args: string[];
}

/** For `chromium.launch` of playwright-core. Throws where there is no browser, saying how to get one. */
export function chromiumLaunchOptions(): ChromiumLaunch {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error(`No Chromium was found. ${howToGetChromium}`);
  const args = [
    '--headless',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    // nothing of its own on the network: only the pages under test
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  // Chromium's sandbox does not work as root, where only our own pages are visited anyway
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return { executablePath, headless: true, args };
}
