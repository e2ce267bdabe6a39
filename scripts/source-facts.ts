/** What the compiler's own reading of a file says: how long its functions are, how often a type is `any`. */
import ts from 'typescript';

export interface FunctionSize {
  readonly path: string;
  readonly name: string;
  readonly lines: number;
}

export function functionSizes(path: string, text: string): readonly FunctionSize[] {
  const source = parse(path, text);
  const sizes: FunctionSize[] = [];
  visitAll(source, (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      sizes.push({ path, name: nameOf(node, source), lines: linesOf(node, source) });
    }
  });
  return sizes;
}

export function countAnyTypes(path: string, text: string): number {
  let count = 0;
  visitAll(parse(path, text), (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) count += 1;
  });
  return count;
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, path.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS);
}

function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => visitAll(child, visit));
}

function linesOf(node: ts.Node, source: ts.SourceFile): number {
  const line = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  return line(node.getEnd()) - line(node.getStart(source)) + 1;
}

function nameOf(node: ts.SignatureDeclaration, source: ts.SourceFile): string {
  if (node.name !== undefined) return node.name.getText(source);
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText(source);
  return 'unnamed function';
}
