using System.Net;
using Halibut;
using Halibut.Diagnostics;
using Halibut.ServiceModel;

namespace Tidegate.Interop;

/// <param name="Trust">The thumbprint of the Octopus Server it obeys.</param>
/// <param name="Server">Where a polling Tentacle polls; a listening one has none.</param>
/// <param name="Subscription">The name it polls under, <c>poll://…</c>.</param>
/// <param name="PatienceSeconds">How long it waits for the next request on a connection: 10 minutes by default.</param>
sealed record TentacleSetup(
    string Certificate,
    string Trust,
    string? Server = null,
    string? Subscription = null,
    ProxyRecord? Proxy = null,
    double? PatienceSeconds = null);

/// <summary>A Tentacle: says where it listens (or 0 where it polls), and works until standard input ends.</summary>
static class Tentacle
{
    public static async Task Run(TentacleSetup setup)
    {
        var services = new DelegateServiceFactory();
        services.Register<IDeployment, IAsyncDeployment>(() => new Deployment());
        var limits = new HalibutTimeoutsAndLimits();
        if (setup.PatienceSeconds is { } seconds)
        {
            // It takes the first for the second: with the "recommended values" a Tentacle hangs up after a minute.
            limits.TcpClientTimeout = new(sendTimeout: limits.TcpClientTimeout.SendTimeout, receiveTimeout: TimeSpan.FromSeconds(seconds));
            limits.TcpListeningNextRequestIdleTimeout = limits.TcpClientTimeout.ReceiveTimeout;
        }
        await using var runtime = new HalibutRuntimeBuilder()
            .WithServerCertificate(Certificates.Load(setup.Certificate))
            .WithServiceFactory(services)
            .WithHalibutTimeoutsAndLimits(limits)
            .Build();
        var port = 0;
        if (setup.Server is { } server)
        {
            var there = new ServiceEndPoint(new Uri(server), setup.Trust, setup.Proxy?.ForHalibut(), limits);
            runtime.Poll(new Uri(setup.Subscription!), there, CancellationToken.None);
        }
        else
        {
            runtime.Trust(setup.Trust);
            port = runtime.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        }
        Conversation.Say(new { Port = port });
        await Console.In.ReadToEndAsync();
    }
}
