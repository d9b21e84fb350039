using System.Net;
using Halibut;
using Halibut.Diagnostics;

namespace Tidegate.Interop;

/// <param name="Polled">The thumbprint of the polling Tentacle that it waits for; without one it does not listen.</param>
/// <param name="Proxy">The proxy of every target.</param>
sealed record ServerSetup(string Certificate, string? Polled = null, ProxyRecord? Proxy = null);

/// <param name="Task"><c>call</c>, <c>send</c>, <c>fetch</c> or <c>discover</c>.</param>
/// <param name="EndPoint"><c>https://HOST:PORT</c> of a listening Tentacle, or the <c>poll://</c> of a polling one.</param>
/// <param name="Times">How many calls to make at once.</param>
/// <param name="Tries">How often to try to connect, 5 times by default.</param>
sealed record ServerStep(string Task, string EndPoint, string? Thumbprint = null, long Bytes = 0, int Times = 1, int? Tries = null);

/// <summary>Octopus Server's side: says where it listens (or 0), then takes steps over one pool of connections.</summary>
static class OctopusServer
{
    public static async Task Run(ServerSetup setup)
    {
        var limits = new HalibutTimeoutsAndLimits();
        await using var runtime = new HalibutRuntimeBuilder()
            .WithServerCertificate(Certificates.Load(setup.Certificate))
            .WithHalibutTimeoutsAndLimits(limits)
            .Build();
        var port = 0;
        if (setup.Polled is { } thumbprint)
        {
            runtime.Trust(thumbprint);
            port = runtime.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        }
        Conversation.Say(new { Port = port });
        await Conversation.Answer<ServerStep>(async step =>
        {
            var there = new ServiceEndPoint(new Uri(step.EndPoint), step.Thumbprint, setup.Proxy?.ForHalibut(), limits);
            if (step.Tries is { } tries) there.RetryCountLimit = tries;
            if (step.Task == "discover") return (await runtime.DiscoverAsync(there, CancellationToken.None)).RemoteThumbprint!;
            var tentacle = runtime.CreateAsyncClient<IDeployment, IAsyncClientDeployment>(there);
            return step.Task switch
            {
                "call" => await Task.WhenAll(Enumerable.Range(0, step.Times).Select(i => tentacle.SayAsync($"call {i}"))),
                "send" => await tentacle.TakeAsync(Deployment.Package(step.Bytes)),
                "fetch" => await Fetch(tentacle, step.Bytes),
                var other => throw new ArgumentException($"no such task: {other}"),
            };
        });
    }

    static async Task<Digest> Fetch(IAsyncClientDeployment tentacle, long bytes)
    {
        var package = await tentacle.GiveAsync(bytes);
        Digest? fetched = null;
        await package.Receiver().ReadAsync(async (stream, stop) => fetched = await Pattern.Read(stream, stop), CancellationToken.None);
        return fetched ?? throw new InvalidDataException("no package");
    }
}
