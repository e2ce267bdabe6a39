/** Routes for operators and tools: health, readiness, metrics, documents. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Registry } from 'prom-client';
import type { GatewayDeps } from '../../deps.ts';
import { problemsMarkdown } from '../../docs/problems-markdown.ts';
import { z } from '../../schemas/zod.ts';
import { type OpenAnswer, problemAnswer, textAnswer, jsonAnswer, jsonTextAnswer } from '../answers.ts';
import { openRoute, type Route } from '../route.ts';

export interface SystemDeps {
  readonly ready: GatewayDeps['ready'];
  readonly durability: string;
  readonly adapters: GatewayDeps['adapters'];
  readonly incarnation: string;
  readonly transportBuild: () => string;
  readonly draining: () => boolean;
  readonly registry: Registry;
  /** Made once, on first use: they list routes that this list is part of. */
  readonly openapi: () => unknown;
  readonly asyncapi: () => unknown;
}

const plain = 'text/plain; charset=utf-8';
const statusSchema = z.object({ status: z.literal('ok') }).openapi('Health');
const readySchema = z
  .looseObject({
    ready: z.boolean(),
    why: z.string().optional(),
    durability: z.string(),
    adapters: z.record(z.string(), z.string()),
    incarnation: z.string(),
    transport: z.string(),
  })
  .openapi('Readiness');

export function systemRoutes(deps: SystemDeps): readonly Route[] {
  const alive = (path: string, summary: string): Route =>
    openRoute({
      method: 'GET',
      path,
      docs: { summary, tag: 'system', success: { status: 200, schema: statusSchema }, problems: [] },
      handle: (_call, respond) => respond(jsonTextAnswer(200, '{"status":"ok"}')),
    });
  return [
    alive('/healthz', 'The process answers'),
    alive('/livez', 'The process answers'),
    openRoute({
      method: 'GET',
      path: '/readyz',
      docs: {
        summary: 'Whether it serves, and what "acknowledged" survives',
        description: '503 with the same body while it does not serve.',
        tag: 'system',
        success: { status: 200, schema: readySchema },
        problems: [],
      },
      handle: (_call, respond) => respond(readiness(deps)),
    }),
    openRoute({
      method: 'GET',
      path: '/metrics',
      docs: {
        summary: 'Prometheus metrics',
        tag: 'system',
        success: { status: 200, schema: null, contentType: 'text/plain' },
        problems: [],
      },
      async handle(_call, respond) {
        respond(textAnswer(200, deps.registry.contentType, await deps.registry.metrics()));
      },
    }),
    openRoute({
      method: 'GET',
      path: '/v1/live',
      docs: {
        summary: 'The live socket',
        description: 'A WebSocket; its messages are described at `/asyncapi.json`.',
        tag: 'system',
        success: { status: 101, schema: null },
        problems: ['upgrade_required', 'origin_refused', 'overloaded'],
      },
      handle(_call, respond) {
        const answer = problemAnswer('upgrade_required');
        answer.headers.push('upgrade', 'websocket');
        respond(answer);
      },
    }),
    ...documentRoutes(deps),
  ];
}

function readiness(deps: SystemDeps): OpenAnswer {
  const { ready, why, ...more } = deps.ready();
  const serves = ready && !deps.draining();
  const reason = deps.draining() ? 'shutting down' : why;
  const body = {
    ready: serves,
    ...(reason === undefined || serves ? {} : { why: reason }),
    durability: deps.durability,
    adapters: deps.adapters,
    incarnation: deps.incarnation,
    transport: deps.transportBuild(),
    ...more,
  };
  return jsonAnswer(serves ? 200 : 503, body);
}

function documentRoutes(deps: SystemDeps): readonly Route[] {
  const text = (path: string, contentType: string, content: () => string): Route =>
    openRoute({
      method: 'GET',
      path,
      hidden: true,
      docs: { summary: 'Document', tag: 'system', success: { status: 200, schema: null, contentType }, problems: [] },
      handle: (_call, respond) => respond(textAnswer(200, contentType, content())),
    });
  const openapi = once(() => JSON.stringify(deps.openapi()));
  const asyncapi = once(() => JSON.stringify(deps.asyncapi()));
  return [
    text('/openapi.json', 'application/json', openapi),
    text('/asyncapi.json', 'application/json', asyncapi),
    text('/docs', 'text/html; charset=utf-8', () => docsPage),
    text('/docs/start.js', 'text/javascript; charset=utf-8', () => docsScript),
    text('/docs/problems', plain, once(problemsMarkdown)),
    ...Object.entries(swaggerFiles).map(([name, contentType]) =>
      text(
        `/docs/${name}`,
        contentType,
        once(() => readFileSync(join(swaggerFolder(), name), 'utf8')),
      ),
    ),
  ];
}

function once(make: () => string): () => string {
  let made: string | null = null;
  return () => (made ??= make());
}

const swaggerFiles = { 'swagger-ui.css': 'text/css; charset=utf-8', 'swagger-ui-bundle.js': 'text/javascript; charset=utf-8' } as const;

function swaggerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}

const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Onhand API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const docsScript = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, persistAuthorization: true });\n";
