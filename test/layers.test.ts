import { readFileSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';
import ts from 'typescript';

/** A layer may import itself and the layers before it. */
const LAYERS = ['shm', 'ringbuf', 'comm', 'roles', 'swarm', 'report', 'cli'];

/** Every layer may import these; they import nothing but each other. */
const FOUNDATION = ['src/errors.ts', 'src/assert.ts'];

/** The package's entry: imports any layer, and no file imports it. */
const ENTRY = 'src/index.ts';

/** Below `swarm` time and chance are handed in, so that a seed decides a whole run. */
const SEEDED_LAYERS = ['shm', 'ringbuf', 'comm', 'roles'];
const SEEDED_FORBIDDEN_MEMBERS = ['Math.random', 'Date.now'];

/** A role reacts to messages and timers, and knows neither threads nor clocks nor files. */
const ROLES_FORBIDDEN_MEMBERS = ['performance.now', 'process.hrtime'];
const ROLES_FORBIDDEN_MODULES = ['fs', 'fs/promises', 'worker_threads', 'perf_hooks'];

/** Path from the repository's root, with forward slashes, to the text of the file. */
type Sources = ReadonlyMap<string, string>;

interface References {
  /** Module specifiers of static, type-only, dynamic and CommonJS imports, and of re-exports. */
  readonly modules: string[];
  /** Members of global objects, as `Math.random`, however they are reached. */
  readonly members: string[];
}

function referencesOf(file: string, text: string): References {
  const modules: string[] = [];
  const members: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      collectLiteral(node.moduleSpecifier, modules);
    } else if (ts.isExternalModuleReference(node)) {
      collectLiteral(node.expression, modules);
    } else if (ts.isImportTypeNode(node)) {
      if (ts.isLiteralTypeNode(node.argument)) {
        collectLiteral(node.argument.literal, modules);
      }
    } else if (ts.isCallExpression(node)) {
      if (isModuleLoader(node.expression)) {
        collectLiteral(node.arguments[0], modules);
      }
    } else if (ts.isPropertyAccessExpression(node)) {
      members.push(`${globalName(node.expression)}.${node.name.text}`);
    } else if (ts.isElementAccessExpression(node)) {
      if (ts.isStringLiteralLike(node.argumentExpression)) {
        members.push(`${globalName(node.expression)}.${node.argumentExpression.text}`);
      }
    } else if (ts.isVariableDeclaration(node)) {
      collectDestructured(node, members);
    } else if (ts.isNewExpression(node)) {
      if (globalName(node.expression) === 'Date' && (node.arguments?.length ?? 0) === 0) {
        members.push('Date.now');
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022));
  return { modules, members };
}

function collectLiteral(node: ts.Node | undefined, into: string[]): void {
  if (node !== undefined && ts.isStringLiteralLike(node)) {
    into.push(node.text);
  }
}

function collectDestructured(node: ts.VariableDeclaration, into: string[]): void {
  if (!ts.isObjectBindingPattern(node.name) || node.initializer === undefined) {
    return;
  }
  for (const element of node.name.elements) {
    const member = element.propertyName ?? element.name;
    if (ts.isIdentifier(member) || ts.isStringLiteralLike(member)) {
      into.push(`${globalName(node.initializer)}.${member.text}`);
    }
  }
}

/** `import(...)`, `require(...)` and `require.resolve(...)`. */
function isModuleLoader(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(callee) && callee.text === 'require') ||
    (ts.isPropertyAccessExpression(callee) && isModuleLoader(callee.expression))
  );
}

/** `Math` for both `Math` and `globalThis.Math`; empty for what is no plain name. */
function globalName(node: ts.Expression): string {
  if (ts.isIdentifier(node)) {
    return node.text;
  }
  if (ts.isPropertyAccessExpression(node) && globalName(node.expression) === 'globalThis') {
    return node.name.text;
  }
  return '';
}

/** The layer of a file under `src/<layer>/`, or `undefined` for any other file. */
function layerOf(file: string): string | undefined {
  const [top, layer, rest] = file.split('/');
  return top === 'src' && rest !== undefined ? layer : undefined;
}

function mayImport(from: string, to: string): boolean {
  if (to === ENTRY) {
    return false;
  }
  if (from === ENTRY || FOUNDATION.includes(to)) {
    return true;
  }
  const fromIndex = LAYERS.indexOf(layerOf(from) ?? '');
  const toIndex = LAYERS.indexOf(layerOf(to) ?? '');
  return toIndex !== -1 && toIndex <= fromIndex;
}

function violationsIn(sources: Sources): string[] {
  const violations: string[] = [];
  for (const [file, text] of sources) {
    const layer = layerOf(file);
    if (file !== ENTRY && !FOUNDATION.includes(file) && !LAYERS.includes(layer ?? '')) {
      violations.push(`${file} belongs to no layer`);
    }
    const { modules, members } = referencesOf(file, text);
    for (const specifier of modules) {
      if (specifier.startsWith('.')) {
        const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts');
        // package.json and other files outside src/ are data, and no layer.
        if (target.startsWith('src/') && !mayImport(file, target)) {
          violations.push(`${file} imports ${target}`);
        }
      } else if (layer === 'roles') {
        const name = specifier.replace(/^node:/, '');
        if (ROLES_FORBIDDEN_MODULES.includes(name)) {
          violations.push(`${file} imports ${name}`);
        }
      }
    }
    for (const member of members) {
      if (
        (SEEDED_LAYERS.includes(layer ?? '') && SEEDED_FORBIDDEN_MEMBERS.includes(member)) ||
        (layer === 'roles' && ROLES_FORBIDDEN_MEMBERS.includes(member))
      ) {
        violations.push(`${file} uses ${member}`);
      }
    }
  }
  return violations;
}

function readSources(): Sources {
  const root = path.resolve(__dirname, '..');
  const sources = new Map<string, string>();
  for (const entry of readdirSync(path.join(root, 'src'), {
    recursive: true,
    withFileTypes: true,
  })) {
    if (entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name)) {
      const file = path.join(entry.parentPath, entry.name);
      sources.set(path.relative(root, file).replaceAll(path.sep, '/'), readFileSync(file, 'utf8'));
    }
  }
  return sources;
}

t.test('the source tree keeps to its layers', (t) => {
  const sources = readSources();
  for (const file of FOUNDATION) {
    t.ok(sources.has(file), `${file} was seen`);
  }
  t.match(referencesOf('src/assert.ts', sources.get('src/assert.ts') ?? ''), {
    modules: ['./errors.js'],
  });
  t.strictSame(violationsIn(sources), []);
  t.end();
});

t.test('accepts what the layers allow', (t) => {
  const allowed: [file: string, text: string][] = [
    ['src/index.ts', `export { run } from './swarm/run.js'; export * from './errors.js';`],
    ['src/shm/a.ts', `import { b } from './b.js'; import { assert } from '../assert.js';`],
    ['src/cli/main.ts', `import '../shm/a.js'; import pkg from '../../package.json';`],
    ['src/roles/strategies/a.ts', `import type { R } from '../../comm/rank.js';`],
    ['src/swarm/clock.ts', `Math.random(); Date.now(); performance.now(); new Date();`],
    ['src/comm/launch.ts', `import { Worker } from 'node:worker_threads'; performance.now();`],
    ['src/roles/a.ts', `// Math.random()\nconst text = 'import "../cli/main.js"'; clock.now();`],
    ['src/roles/b.ts', `new Date(0); random(); import 'node:assert';`],
  ];
  for (const [file, text] of allowed) {
    t.strictSame(violationsIn(new Map([[file, text]])), [], `${file}: ${text}`);
  }
  t.end();
});

t.test('rejects an import against the direction, however it is written', (t) => {
  const rejected: [file: string, text: string][] = [
    ['src/shm/a.ts', `import { b } from '../ringbuf/b.js';`],
    ['src/shm/a.ts', `import type { B } from '../ringbuf/b.js';`],
    ['src/shm/a.ts', `import '../ringbuf/b.js';`],
    ['src/shm/a.ts', `import b = require('../ringbuf/b.js');`],
    ['src/shm/a.ts', `export * from '../ringbuf/b.js';`],
    ['src/shm/a.ts', `export { b } from '../ringbuf/b.js';`],
    ['src/shm/a.ts', `const b = await import('../ringbuf/b.js');`],
    ['src/shm/a.ts', `const b = require('../ringbuf/b.js');`],
    ['src/shm/a.ts', `const b = require.resolve('../ringbuf/b.js');`],
    ['src/shm/a.ts', `let b: import('../ringbuf/b.js').B;`],
    ['src/shm/deep/a.ts', `import { b } from '../../ringbuf/b.js';`],
    ['src/errors.ts', `import { b } from './ringbuf/b.js';`],
  ];
  for (const [file, text] of rejected) {
    t.strictSame(
      violationsIn(new Map([[file, text]])),
      [`${file} imports src/ringbuf/b.ts`],
      `${file}: ${text}`,
    );
  }
  for (const [index, layer] of LAYERS.entries()) {
    for (const later of LAYERS.slice(index + 1)) {
      const sources = new Map([[`src/${layer}/a.ts`, `import '../${later}/b.js';`]]);
      t.strictSame(violationsIn(sources), [`src/${layer}/a.ts imports src/${later}/b.ts`]);
    }
  }
  t.end();
});

t.test('rejects an import of the entry, and a file outside the layers', (t) => {
  t.strictSame(violationsIn(new Map([['src/cli/main.ts', `import '../index.js';`]])), [
    'src/cli/main.ts imports src/index.ts',
  ]);
  t.strictSame(violationsIn(new Map([['src/util/a.ts', '']])), [
    'src/util/a.ts belongs to no layer',
  ]);
  t.strictSame(violationsIn(new Map([['src/util.ts', '']])), ['src/util.ts belongs to no layer']);
  t.end();
});

t.test('rejects time and chance below the swarm layer', (t) => {
  for (const layer of SEEDED_LAYERS) {
    const file = `src/${layer}/a.ts`;
    for (const text of [
      'Math.random();',
      `Math['random']();`,
      'globalThis.Math.random();',
      'const { random } = Math;',
      'const { random: next } = Math;',
    ]) {
      t.strictSame(violationsIn(new Map([[file, text]])), [`${file} uses Math.random`], text);
    }
    for (const text of ['Date.now();', 'new Date();', 'const { now } = Date;']) {
      t.strictSame(violationsIn(new Map([[file, text]])), [`${file} uses Date.now`], text);
    }
  }
  t.end();
});

t.test('rejects clocks, files and threads in the roles', (t) => {
  const file = 'src/roles/strategies/a.ts';
  for (const [text, violation] of [
    ['performance.now();', 'uses performance.now'],
    ['process.hrtime.bigint();', 'uses process.hrtime'],
    [`import fs from 'node:fs';`, 'imports fs'],
    [`import { readFile } from 'fs/promises';`, 'imports fs/promises'],
    [`import { Worker } from 'node:worker_threads';`, 'imports worker_threads'],
    [`import { performance } from 'node:perf_hooks';`, 'imports perf_hooks'],
  ] as const) {
    t.strictSame(violationsIn(new Map([[file, text]])), [`${file} ${violation}`], text);
  }
  t.end();
});
