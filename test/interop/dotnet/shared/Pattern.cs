using System.Security.Cryptography;

namespace Tidegate.Interop;

/// <summary>Bytes that the test can make too: byte number i is i modulo 251.</summary>
static class Pattern
{
    const int Block = 251 * 1024;
    static readonly byte[] Bytes = [.. Enumerable.Range(0, Block).Select(i => (byte)(i % 251))];

    /// <summary>Writes the first <paramref name="length"/> bytes of it.</summary>
    public static async Task Write(Stream to, long length, CancellationToken cancel)
    {
        for (var left = length; left > 0; left -= Block)
        {
            await to.WriteAsync(Bytes.AsMemory(0, (int)Math.Min(left, Block)), cancel);
        }
    }

    /// <summary>Reads to the end, and gives the number of bytes and their SHA-256 in lower-case hex.</summary>
    public static async Task<Digest> Read(Stream from, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        long length = 0;
        for (int got; (got = await from.ReadAsync(buffer, cancel)) > 0; length += got) hash.AppendData(buffer, 0, got);
        return new Digest(length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}

/// <summary>How long a stream was, and its SHA-256.</summary>
public sealed record Digest(long Length, string Sha256);
