import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { acquireDataFolder, dataFolderOwner } from './data-folder.ts';
import { asEngineError, EngineError } from './engine-error.ts';
import { identityOf, isSameProcess } from './process-identity.ts';

function lockOf(path: string, content: object): void {
  writeFileSync(join(path, 'onhand.lock'), JSON.stringify(content));
}

test('a free folder is taken, is refused to others while it is, and is free after release', () => {
  using folder = temporaryFolder();
  const held = acquireDataFolder(folder.path);
  expect(dataFolderOwner(folder.path)?.pid).toBe(process.pid);
  expect(() => acquireDataFolder(folder.path)).toThrow(`in use by process ${process.pid}`);
  held.release();
  held.release();
  expect(dataFolderOwner(folder.path)).toBeNull();
  acquireDataFolder(folder.path).release();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('missing folders are made', () => {
  using folder = temporaryFolder();
  const held = acquireDataFolder(join(folder.path, 'a/b/c'));
  expect(held.path).toBe(join(folder.path, 'a/b/c'));
  held.release();
});

test('the lock of a process that is gone is taken over', () => {
  using folder = temporaryFolder();
  lockOf(folder.path, { pid: 2 ** 22 - 1, started: 'long ago', nonce: 'x', since: '' });
  expect(() => acquireDataFolder(folder.path).release()).not.toThrow();
});

test('a process id that was used again does not hold the folder', () => {
  using folder = temporaryFolder();
  lockOf(folder.path, { pid: process.pid, started: 'another boot/1', nonce: 'x', since: '' });
  expect(() => acquireDataFolder(folder.path).release()).not.toThrow();
});

test('where the start of a process is not known, a living id holds the folder', () => {
  using folder = temporaryFolder();
  lockOf(folder.path, { pid: process.pid, started: null, nonce: 'x', since: '' });
  expect(() => acquireDataFolder(folder.path)).toThrow(EngineError);
});

test('a damaged lock holds nobody off', () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'onhand.lock'), '{"pid":');
  expect(() => acquireDataFolder(folder.path).release()).not.toThrow();
});

test('release leaves the lock of another owner alone', () => {
  using folder = temporaryFolder();
  const held = acquireDataFolder(folder.path);
  lockOf(folder.path, { ...identityOf(process.pid), nonce: 'theirs', since: '' });
  held.release();
  expect(readFileSync(join(folder.path, 'onhand.lock'), 'utf8')).toContain('theirs');
});

test('a process is the same only with its start', () => {
  const identity = identityOf(process.pid);
  expect(isSameProcess(identity)).toBe(true);
  expect(isSameProcess({ ...identity, started: 'another' })).toBe(false);
  expect(isSameProcess({ pid: 2 ** 22 - 1, started: null })).toBe(false);
});

test.each([
  ['EROFS', 'folder_not_writable'],
  ['EACCES', 'folder_not_writable'],
  ['EPERM', 'folder_not_writable'],
  ['ENOTDIR', 'folder_not_writable'],
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['53100', 'disk_full'],
])('%s of the file system or of Postgres becomes %s with a sentence and a remedy', (code, expected) => {
  const refusal = asEngineError(Object.assign(new Error(code), { code }), '/some/folder');
  expect(refusal).toBeInstanceOf(EngineError);
  expect(refusal).toMatchObject({ code: expected });
  expect((refusal as EngineError).message).toContain('/some/folder');
  expect((refusal as EngineError).remedy).toContain('--data');
});

test('a full disk is found under the error that wraps it', () => {
  const inner = Object.assign(new Error('could not extend file'), { code: '53100' });
  expect(asEngineError(new Error('migration failed', { cause: inner }), '/x')).toMatchObject({ code: 'disk_full' });
});

test("errors that are not the file system's pass untouched", () => {
  const other = new Error('other');
  expect(asEngineError(other, '/x')).toBe(other);
});
