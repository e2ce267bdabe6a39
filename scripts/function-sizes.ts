/** How many lines each function of a file has, by the compiler's own reading of it. */
import ts from 'typescript';

export interface FunctionSize {
  readonly path: string;
  readonly name: string;
  readonly lines: number;
}

export function functionSizes(path: string, text: string): readonly FunctionSize[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, path.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS);
  const sizes: FunctionSize[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined)
      sizes.push({ path, name: nameOf(node, source), lines: linesOf(node, source) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sizes;
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
