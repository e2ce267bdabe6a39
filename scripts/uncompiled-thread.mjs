/** Starts a source in a thread where there is no compiled form of it (C4 of compile.mjs): a thread registers the loader itself. */
import { pathToFileURL } from 'node:url';
import { register } from 'tsx/esm/api';

register();
await import(pathToFileURL(process.argv[2]).href);
