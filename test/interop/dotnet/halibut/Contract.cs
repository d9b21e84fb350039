using Halibut;

namespace Tidegate.Interop;

/// <summary>What a Tentacle of these tests can be asked to do. Halibut finds the other two by their names.</summary>
public interface IDeployment
{
    string Say(string words);
    Digest Take(DataStream package);
    DataStream Give(long bytes);
}

/// <summary>The same, as a caller sees it.</summary>
public interface IAsyncClientDeployment
{
    Task<string> SayAsync(string words);
    Task<Digest> TakeAsync(DataStream package);
    Task<DataStream> GiveAsync(long bytes);
}

/// <summary>The same, as the Tentacle does it.</summary>
public interface IAsyncDeployment
{
    Task<string> SayAsync(string words, CancellationToken cancel);
    Task<Digest> TakeAsync(DataStream package, CancellationToken cancel);
    Task<DataStream> GiveAsync(long bytes, CancellationToken cancel);
}

sealed class Deployment : IAsyncDeployment
{
    public Task<string> SayAsync(string words, CancellationToken cancel) => Task.FromResult($"{words}, said the Tentacle");

    public async Task<Digest> TakeAsync(DataStream package, CancellationToken cancel)
    {
        Digest? taken = null;
        await package.Receiver().ReadAsync(async (stream, stop) => taken = await Pattern.Read(stream, stop), cancel);
        return taken ?? throw new InvalidDataException("no package");
    }

    public Task<DataStream> GiveAsync(long bytes, CancellationToken cancel) => Task.FromResult(Package(bytes));

    /// <summary>A package of so many bytes of the pattern.</summary>
    public static DataStream Package(long bytes) => new(bytes, (stream, stop) => Pattern.Write(stream, bytes, stop));
}
