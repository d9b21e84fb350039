/**
 * Whether every origin reads the path as we do. Many decode, fold `..` or `//`, or take `\` for `/` before they look it
 * up, so that `/public/..%2fadmin` is below `/public/` for us and not for them. A rule that looks at paths holds for none of these.
 */
export function isPlainPath(path: string): boolean {
  if (!/^\/[!$&'()*+,\-./0-9:;=@A-Z_a-z~%]*$/.test(path)) return false;
  const decoded = decode(path);
  if (decoded === 'undecodable') return false;
  // No slash that was hidden, no empty segment, and none that is dots and spaces up to its parameters: `..;a` is `..` to some.
  const slashes = (text: string): number => text.split('/').length;
  return slashes(decoded) === slashes(path) && !/[\\%\p{Cc}]|\/\/|\/ *\.[. ]*(?:[/;]|$)/u.test(decoded);
}

/** The path with its escapes read once, and look-alikes of `.`, `/` and `\` read as these. */
function decode(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path).normalize('NFKC');
  } catch {
    return 'undecodable'; // not UTF-8: some origins read an over-long `%c0%ae` as a dot
  }
}
