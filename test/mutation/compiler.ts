import ts from 'typescript';

/** Compiles single files of the project in memory. */
export interface Compiler {
  /** The JavaScript of `path` with another text, or `'does_not_compile'`. Dependent files are not looked at. */
  readonly compile: (path: string, text: string) => string;
}

/** A compiler for the project in `folder`, with its tsconfig.json. */
export function makeCompiler(folder: string): Compiler {
  const { config } = ts.readConfigFile(`${folder}/tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const changed = new Map<string, { readonly version: number; readonly text: string }>();
  const read = (path: string): string | undefined => changed.get(path)?.text ?? ts.sys.readFile(path);
  const service = ts.createLanguageService({
    getScriptFileNames: () => fileNames.filter((path) => path.includes('/lib/')),
    getScriptVersion: (path) => String(changed.get(path)?.version ?? 0),
    getScriptSnapshot: (path) => {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => ({
      ...options,
      incremental: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
    }),
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: read,
    readDirectory: (...args) => ts.sys.readDirectory(...args),
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
  });
  const set = (path: string, text: string): void => {
    changed.set(path, { version: (changed.get(path)?.version ?? 0) + 1, text });
  };
  return {
    compile: (path, text) => {
      const original = ts.sys.readFile(path) ?? '';
      set(path, text);
      const isWrong = service.getSyntacticDiagnostics(path).length + service.getSemanticDiagnostics(path).length > 0;
      const output = isWrong
        ? undefined
        : service.getEmitOutput(path).outputFiles.find(({ name }) => name.endsWith('.js'));
      set(path, original);
      return output?.text ?? 'does_not_compile';
    },
  };
}
