const unsafe: readonly (readonly [RegExp, string])[] = [
  [/^--insecure-http-parser/, "makes Node's HTTP parser accept malformed requests"],
  [/^--inspect/, 'gives full control of tidegate to everyone who can reach the debugger'],
];

/**
 * Finds the flags under which tidegate must not run, with the reason for each. `given` are the arguments Node itself was
 * started with, `options` what `NODE_OPTIONS` holds.
 */
export function unsafeFlags(given: readonly string[], options: string): readonly string[] {
  // Node takes underscores for hyphens, and quotes around a word.
  const all = [...given, ...options.split(/\s+/)].map((flag) => flag.replaceAll('"', '').replaceAll('_', '-'));
  return all.flatMap((flag) => {
    const found = unsafe.find(([form]) => form.test(flag));
    return found === undefined ? [] : [`${flag}: ${found[1]}`];
  });
}
