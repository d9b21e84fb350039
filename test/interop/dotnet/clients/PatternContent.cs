using System.Net;

namespace Tidegate.Interop;

/// <summary>A request body of the pattern, made while it is sent.</summary>
sealed class PatternContent(long length, bool chunked) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        Pattern.Write(stream, length, CancellationToken.None);

    protected override bool TryComputeLength(out long known)
    {
        known = chunked ? 0 : length;
        return !chunked;
    }
}

/// <summary>Keeps the first bytes of what is read through it, for bodies that a person would read.</summary>
sealed class Starting(Stream from, MemoryStream start) : Stream
{
    const int Most = 4096;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
    {
        var got = await from.ReadAsync(buffer, cancel);
        start.Write(buffer.Span[..(int)Math.Min(got, Most - start.Length)]);
        return got;
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
