import tseslint from 'typescript-eslint';

// A constant of a module that is written out: a literal, a product of literals, or a set or a map with its members.
const WRITTEN_OUT = [
  '[init.type="Literal"]',
  '[init.type="TemplateLiteral"][init.expressions.length=0]',
  '[init.type="BinaryExpression"][init.operator="*"][init.right.type="Literal"]',
  '[init.type="NewExpression"][init.callee.name=/^(Set|Map)$/][init.arguments.length>0]',
];

export default tseslint.config(
  { ignores: ['build/**', 'node_modules/**', 'var/**', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // One import of a module: `import type` if it brings types only, else `type` before each type.
      'no-duplicate-imports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'variable', format: ['camelCase'], leadingUnderscore: 'allow' },
        { selector: 'variable', modifiers: ['const', 'global', 'destructured'], format: null },
        { selector: 'variable', modifiers: ['const', 'global'], format: ['camelCase', 'UPPER_CASE'] },
        // Names that others chose: fields of records, classes of libraries.
        { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null },
        {
          selector: ['function', 'parameter', 'classMethod'],
          format: ['camelCase'],
          leadingUnderscore: 'allowSingleOrDouble',
        },
        { selector: 'typeLike', format: ['PascalCase'] },
      ],
      'no-restricted-syntax': [
        'error',
        ...WRITTEN_OUT.map((init) => ({
          selector: `:matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind="const"] > VariableDeclarator[id.name=/[a-z]/]${init}`,
          message: 'name a constant of the module that is written out in UPPER_CASE',
        })),
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `string | 'none'` says why a value may be absent; the literal is documentation.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
);
