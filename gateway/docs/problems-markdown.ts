/** The problem catalogue as a document: `docs/PROBLEMS.md`, also served at `/docs/problems`. Pure. */
import { problemCodes, problems } from '../problems.ts';

export function problemsMarkdown(): string {
  const rows = problemCodes
    .filter((code) => problems[code].public)
    .map((code) => {
      const { status, title, help, retryable, closes } = problems[code];
      return `| <a id="${code}"></a>\`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${closes ?? ''} | ${title}. ${help} |`;
    });
  return `# Problems

Every answer other than success is \`application/problem+json\` (RFC 9457) with a stable \`code\`. Generated from
\`gateway/problems.ts\` by \`npx tsx scripts/problems-document.ts\`; do not edit.

- **Again**: the same request, with the same \`Idempotency-Key\`, may succeed later. Answers with status 503 and 429 say
  when in \`Retry-After\`.
- **Closes**: on the live socket the code comes in an \`error\` message, after which the socket is closed with this code.
  A message beyond 1 MiB is cut off while it is still coming in: the client sees 1006. A server that shuts down closes
  with 1012, and its reason (\`reconnect_in_ms=1234\`) says when to come back.
- Which problem is answered when several apply: path, method, limit by address, key, buyer, limit by buyer,
  \`Idempotency-Key\`, body (size, type, UTF-8, depth, JSON), fields, then what the store's books say.

| code | status | again | closes | what it means |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
