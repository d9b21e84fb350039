/** The .NET exceptions that Halibut tells apart, by the names they have there. */
export type DotnetType =
  | 'Halibut.HalibutClientException'
  | 'Halibut.Transport.Proxy.Exceptions.ProxyException'
  | 'Halibut.Transport.Protocol.ConnectionInitializationFailedException'
  | 'Halibut.Transport.Protocol.ProtocolException'
  | 'Halibut.Transport.UnexpectedCertificateException'
  | 'System.ArgumentOutOfRangeException'
  | 'System.IO.EndOfStreamException'
  | 'System.IO.IOException'
  | 'System.Net.Sockets.SocketException'
  | 'System.Security.Authentication.AuthenticationException';

/** An exception as .NET would throw it: its type, and its message to the letter, since a task log shows that one. */
export class DotnetException extends Error {
  readonly type: DotnetType;
  constructor(type: DotnetType, message: string, cause?: unknown) {
    super(message, { cause });
    this.type = type;
  }
}

/** What a read past the end of a stream throws. */
export function endOfStream(): DotnetException {
  return new DotnetException('System.IO.EndOfStreamException', 'Attempted to read past the end of the stream.');
}

/** What a read that waits too long throws, in the words of Linux. */
export function readTimedOut(): DotnetException {
  return new DotnetException(
    'System.IO.IOException',
    'Unable to read data from the transport connection: Connection timed out.',
  );
}

/** What a connection that was reset, or broke some other way, throws. */
export function brokenTransport(error: Error): DotnetException {
  const reset = 'code' in error && error.code === 'ECONNRESET';
  const words = reset ? 'Connection reset by peer' : error.message;
  return new DotnetException('System.IO.IOException', `Unable to read data from the transport connection: ${words}.`);
}

/** The message of whatever was thrown, .NET's or ours. */
export function asException(thrown: unknown): DotnetException {
  if (thrown instanceof DotnetException) return thrown;
  throw thrown; // a bug of the stand-in itself: it must not pass for an answer
}
