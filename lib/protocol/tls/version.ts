/** As OpenSSL and Node name them. */
const VERSIONS: readonly string[] = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** SSL 3.0 on the wire; TLS 1.0 to 1.3 are the numbers after it. */
const FIRST = 0x0300;

/** A version by its number on the wire; one without a name here, such as a draft, as `0x7f1c`. */
export function versionName(number: number): string {
  return VERSIONS[number - FIRST] ?? `0x${number.toString(16).padStart(4, '0')}`;
}

/** Versions newest first, those without a name last; the numbers that clients send to be ignored are gone (RFC 8701 §2). */
export function versionNames(numbers: readonly number[]): readonly string[] {
  const real = numbers.filter((number) => !isGrease(number));
  return real.sort((a, b) => rank(b) - rank(a)).map(versionName);
}

/** Whether a number is one of those that clients send to keep servers tolerant: 0x0a0a, 0x1a1a … 0xfafa (RFC 8701 §2). */
export function isGrease(number: number): boolean {
  return (number & 0x0f0f) === 0x0a0a && number >> 8 === (number & 0xff);
}

function rank(number: number): number {
  return VERSIONS[number - FIRST] === undefined ? 0 : number;
}
