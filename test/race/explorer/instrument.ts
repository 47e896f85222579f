/**
 * Makes shipped source explorable: each function becomes a generator that stops before every access
 * to shared memory. Two languages are understood, and nothing of the source is written twice:
 *
 *     TypeScript        Atomics.load(words, i)    words[i]    words[i] = v    words[i]++
 *     AssemblyScript    atomic.load<i32>(p)       load<i32>(p, offset)        store<i32>(p, v)
 *
 * Constructors, getters and arrow functions can't be generators: what they do counts as one step.
 */
import * as ts from 'typescript';

/** @returns JavaScript, a CommonJS module's body that takes `$` and `$quiet` from its scope */
export function instrument(source: string, fileName: string): string {
  const { outputText } = ts.transpileModule(withRequires(source), {
    fileName: fileName.replace(/.*\//, ''),
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    transformers: { before: [transformer] },
  });
  return outputText;
}

/** Imports as calls: the compiler would drop a class that is named as a type only. */
function withRequires(source: string): string {
  const file = ts.createSourceFile('', source, ts.ScriptTarget.ES2022);
  let text = '';
  let end = 0;
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    text += source.slice(end, statement.getStart(file)) + requireOf(statement, file);
    end = statement.end;
  }
  return text + source.slice(end);
}

function requireOf(
  { importClause, moduleSpecifier }: ts.ImportDeclaration,
  file: ts.SourceFile,
): string {
  const bindings = importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return '';
  const names = bindings.elements
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ name }) => name.text);
  return `const { ${names.join(', ')} } = require(${moduleSpecifier.getText(file)});`;
}

const transformer: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const { factory } = context;

  /** `$.name(...)`, stepped through where the place allows it. */
  const hook = (name: string, args: readonly ts.Expression[], isLoud: boolean): ts.Expression => {
    const target = factory.createPropertyAccessExpression(
      factory.createIdentifier(isLoud ? '$' : '$quiet'),
      name,
    );
    const call = factory.createCallExpression(target, undefined, args);
    return isLoud ? delegate(call) : call;
  };
  const delegate = (expression: ts.Expression): ts.Expression =>
    factory.createParenthesizedExpression(
      factory.createYieldExpression(factory.createToken(ts.SyntaxKind.AsteriskToken), expression),
    );
  const isShared = (node: ts.Node): node is ts.ElementAccessExpression =>
    ts.isElementAccessExpression(node) && /^(this\.)?words$/.test(node.expression.getText(file));
  const typeName = (node: ts.CallExpression): ts.Expression =>
    factory.createStringLiteral(node.typeArguments?.[0]?.getText(file) ?? 'i32');

  const visitor =
    (isLoud: boolean) =>
    (node: ts.Node): ts.Node | undefined => {
      const visit = (child: ts.Expression): ts.Expression =>
        ts.visitNode(child, visitor(isLoud)) as ts.Expression;
      const all = (children: readonly ts.Expression[]): ts.Expression[] => children.map(visit);
      if (ts.isDecorator(node)) return undefined;
      if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return asGenerator(node);
      if (
        ts.isArrowFunction(node) ||
        ts.isConstructorDeclaration(node) ||
        ts.isGetAccessorDeclaration(node)
      ) {
        return ts.visitEachChild(node, visitor(false), context);
      }
      // Fields of an unmanaged class begin as 0.
      if (ts.isPropertyDeclaration(node) && node.initializer === undefined) {
        const zero = factory.createNumericLiteral(0);
        return factory.createPropertyDeclaration([], node.name, undefined, undefined, zero);
      }
      if (isUpdate(node) && isShared(node.operand)) {
        const index = visit(node.operand.argumentExpression);
        const words = visit(node.operand.expression);
        const sum = factory.createAdd(
          hook('read', [words, index], isLoud),
          factory.createNumericLiteral(1),
        );
        return hook('write', [words, index, sum], isLoud);
      }
      if (ts.isBinaryExpression(node) && isShared(node.left)) {
        if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) {
          throw new Error(`not understood: ${node.getText(file)}`);
        }
        const { expression, argumentExpression } = node.left;
        return hook('write', all([expression, argumentExpression, node.right]), isLoud);
      }
      if (isShared(node)) {
        return hook('read', all([node.expression, node.argumentExpression]), isLoud);
      }
      // Numbers are whole in AssemblyScript; TypeScript sources here do not divide.
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.SlashToken) {
        const quotient = factory.createDivide(visit(node.left), visit(node.right));
        return hook('whole', [quotient], false);
      }
      if (ts.isCallExpression(node)) return visitCall(node, isLoud, all);
      return ts.visitEachChild(node, visitor(isLoud), context);
    };

  const visitCall = (
    node: ts.CallExpression,
    isLoud: boolean,
    all: (children: readonly ts.Expression[]) => ts.Expression[],
  ): ts.Expression => {
    const name = node.expression.getText(file);
    const args = all(node.arguments);
    if (name === 'changetype') {
      const wanted = factory.createIdentifier(node.typeArguments?.[0]?.getText(file) ?? '');
      return hook('object', [wanted, ...args], false);
    }
    if (name === 'offsetof') return factory.createNumericLiteral(64);
    if (name === 'load' || name === 'store') {
      return hook(name, [typeName(node), ...args], isLoud);
    }
    if (name.startsWith('atomic.')) return hook(name.replace('.', '_'), args, isLoud);
    if (name.startsWith('Atomics.')) return hook(name.replace('.', '_'), args, isLoud);
    if (name === 'memory.copy') return hook('copy', args, false);
    if (['min', 'max', 'ctz'].includes(name)) return hook(name, args, false);
    const callee = ts.visitNode(node.expression, visitor(isLoud)) as ts.Expression;
    const call = factory.createCallExpression(callee, undefined, args);
    return isLoud ? hook('step', [call], true) : call;
  };

  const asGenerator = (node: ts.FunctionDeclaration | ts.MethodDeclaration): ts.Node => {
    const asterisk = factory.createToken(ts.SyntaxKind.AsteriskToken);
    const body = node.body && (ts.visitNode(node.body, visitor(true)) as ts.Block);
    const parameters = node.parameters.map((parameter) =>
      ts.visitEachChild(parameter, visitor(false), context),
    );
    const modifiers = node.modifiers?.filter((modifier) => ts.isModifier(modifier)) ?? [];
    return ts.isFunctionDeclaration(node)
      ? factory.createFunctionDeclaration(
          modifiers,
          asterisk,
          node.name,
          [],
          parameters,
          undefined,
          body,
        )
      : factory.createMethodDeclaration(
          modifiers,
          asterisk,
          node.name,
          undefined,
          [],
          parameters,
          undefined,
          body,
        );
  };

  return ts.visitEachChild(file, visitor(false), context);
};

function isUpdate(node: ts.Node): node is ts.PostfixUnaryExpression {
  return ts.isPostfixUnaryExpression(node) && node.operator === ts.SyntaxKind.PlusPlusToken;
}
