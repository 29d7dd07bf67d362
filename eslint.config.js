import { builtinModules } from 'node:module';
import importX from 'eslint-plugin-import-x';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom. A room that is not listed for another is a lint error that says where the code belongs.
 * `types` may be imported with `import type` only.
 */
const rooms = {
  domain: { may: [], hint: 'domain/ holds the words and imports nothing of ours' },
  stats: { may: [], hint: 'stats/ is pure mathematics on arrays and imports nothing of ours' },
  policy: {
    may: ['domain'],
    hint: 'policy/ takes numbers and gives verdicts; effects belong in activities/',
  },
  telemetry: {
    may: ['domain'],
    hint: 'telemetry/ tells how a process fares; what it does belongs to its room',
  },
  storage: { may: ['domain'], hint: 'storage/ keeps things; what computes them belongs in engines/' },
  engines: {
    may: ['domain', 'stats'],
    hint: 'engines/ compute; what they store is handed over by activities/',
  },
  workflows: {
    may: ['domain', 'policy'],
    types: ['activities'],
    hint: 'workflows/ replay; every effect goes through a proxied activity in activities/',
  },
  activities: {
    may: ['domain', 'stats', 'storage', 'engines', 'telemetry'],
    hint: 'activities/ are thin effects; decisions belong in policy/, composition in worker/',
  },
  serving: {
    may: ['domain', 'storage', 'engines', 'telemetry'],
    hint: 'serving/ answers requests; training belongs in engines/',
  },
  worker: {
    may: [
      ...['domain', 'stats', 'policy', 'storage', 'engines', 'telemetry'],
      ...['workflows', 'activities', 'serving'],
    ],
    hint: 'worker/ composes the process; what a person calls belongs in client/',
  },
  client: {
    may: ['domain', 'stats', 'storage', 'engines', 'telemetry'],
    types: ['workflows'],
    hint: 'client/ starts other processes by their entry point, never by importing them',
  },
};

const nodeBuiltins = `^(node:|(${builtinModules.filter((m) => !m.startsWith('_')).join('|')})(/|$))`;

function arrows(name, { may, types = [], hint }) {
  const others = Object.keys(rooms).filter((room) => room !== name && !may.includes(room));
  const banned = others.filter((room) => !types.includes(room));
  const patterns = banned.map((room) => ({
    regex: `^(\\.\\./)+${room}(/|$)`,
    message: `${name}/ may not import ${room}/: ${hint}.`,
  }));
  for (const room of types) {
    patterns.push({
      regex: `^(\\.\\./)+${room}(/|$)`,
      allowTypeImports: true,
      message: `${name}/ may import ${room}/ as types only: ${hint}.`,
    });
  }
  if (name === 'serving') {
    patterns.push({
      regex: '^(\\.\\./)+engines/(features|training)(/|$)',
      message: 'serving/ may import only engines/inference: features are computed by activities/.',
    });
  }
  if (name === 'workflows' || name === 'policy' || name === 'domain') {
    patterns.push({
      regex: nodeBuiltins,
      message: `${name}/ runs inside workflows: no Node built-ins. Put effects in activities/.`,
    });
  }
  return {
    files: [`${name}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', 'docs/**', '**/assembly/**', '.perennial/**'] },
  tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX, jsdoc },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-unsafe-finally': 'error',
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': [
        'error',
        { max: 60, skipBlankLines: true, skipComments: true, IIFEs: false },
      ],
      'max-params': ['error', 4],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['**/*.test.ts', 'test/**', 'tools/**', '*.config.ts', 'examples/**'],
    plugins: { jsdoc, 'import-x': importX },
    rules: {
      'import-x/no-default-export': 'error',
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: { FunctionDeclaration: true, ClassDeclaration: true, MethodDefinition: false },
          contexts: [
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration',
            'ExportNamedDeclaration > VariableDeclaration',
          ],
        },
      ],
    },
  },
  { files: ['**/*.test.ts', 'test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  ...Object.entries(rooms).map(([name, room]) => arrows(name, room)),
);
