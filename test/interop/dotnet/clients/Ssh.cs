using Renci.SshNet;

namespace Tidegate.Interop;

/// <param name="Proxy">Its HTTP proxy type, which is what an Octopus SSH target with a proxy uses.</param>
/// <param name="Fingerprint">The host key that is trusted, as <c>SHA256:…</c>; any where it is left out.</param>
/// <param name="TimeoutSeconds">Its time for connecting, 30 s by default.</param>
sealed record SshSetup(string User, string KeyFile, ProxyRecord? Proxy = null, string? Fingerprint = null, double? TimeoutSeconds = null);

/// <param name="Task"><c>algorithms</c>, <c>command</c> or <c>copy</c>.</param>
/// <param name="KeyExchanges">The key exchanges to offer, likewise <paramref name="HostKeys"/>; all where left out.</param>
sealed record SshStep(
    string Task,
    string Host = "",
    int Port = 22,
    string Command = "true",
    string[]? KeyExchanges = null,
    string[]? HostKeys = null,
    string LocalPath = "",
    string RemotePath = "");

static class Ssh
{
    public static Task Run(SshSetup setup) =>
        Conversation.Answer<SshStep>(step => Task.Run<object>(async () => step.Task switch
        {
            "algorithms" => Algorithms(setup),
            "command" => Execute(setup, step),
            "copy" => await Copy(setup, step),
            var other => throw new ArgumentException($"no such task: {other}"),
        }));

    static object Algorithms(SshSetup setup)
    {
        var info = Connection(setup, new SshStep("algorithms", "none.test"));
        return new { KeyExchanges = info.KeyExchangeAlgorithms.Keys.ToArray(), HostKeys = info.HostKeyAlgorithms.Keys.ToArray() };
    }

    static object Execute(SshSetup setup, SshStep step)
    {
        using var client = new SshClient(Connection(setup, step));
        var hostKey = Check(client, setup);
        client.Connect();
        using var command = client.RunCommand(step.Command);
        return new
        {
            Output = command.Result,
            Exit = command.ExitStatus,
            HostKey = hostKey(),
            HostKeyAlgorithm = client.ConnectionInfo.CurrentHostKeyAlgorithm,
            KeyExchange = client.ConnectionInfo.CurrentKeyExchangeAlgorithm,
            client.ConnectionInfo.ClientVersion,
            client.ConnectionInfo.ServerVersion,
        };
    }

    /// <summary>Sends a file there by SFTP and fetches it again: what has come back.</summary>
    static async Task<object> Copy(SshSetup setup, SshStep step)
    {
        using var client = new SftpClient(Connection(setup, step));
        Check(client, setup);
        client.Connect();
        await using (var original = File.OpenRead(step.LocalPath)) client.UploadFile(original, step.RemotePath);
        await using (var copy = File.Create($"{step.LocalPath}.back")) client.DownloadFile(step.RemotePath, copy);
        await using var back = File.OpenRead($"{step.LocalPath}.back");
        return await Pattern.Read(back, CancellationToken.None);
    }

    static ConnectionInfo Connection(SshSetup setup, SshStep step)
    {
        var key = new PrivateKeyAuthenticationMethod(setup.User, new PrivateKeyFile(setup.KeyFile));
        var info = setup.Proxy is { } proxy
            ? new ConnectionInfo(step.Host, step.Port, setup.User, ProxyTypes.Http, proxy.Host, proxy.Port, proxy.User ?? "", proxy.Password ?? "", key)
            : new ConnectionInfo(step.Host, step.Port, setup.User, key);
        if (setup.TimeoutSeconds is { } seconds) info.Timeout = TimeSpan.FromSeconds(seconds);
        KeepOnly(info.KeyExchangeAlgorithms, step.KeyExchanges);
        KeepOnly(info.HostKeyAlgorithms, step.HostKeys);
        return info;
    }

    static void KeepOnly<T>(IDictionary<string, T> algorithms, string[]? only)
    {
        if (only is null) return;
        foreach (var name in algorithms.Keys.Where(name => !only.Contains(name)).ToArray()) algorithms.Remove(name);
        if (algorithms.Count == 0) throw new ArgumentException($"not algorithms it knows: {string.Join(", ", only)}");
    }

    static Func<string> Check(BaseClient client, SshSetup setup)
    {
        var seen = "none";
        client.HostKeyReceived += (_, offered) =>
        {
            seen = $"SHA256:{offered.FingerPrintSHA256}";
            offered.CanTrust = setup.Fingerprint is null || setup.Fingerprint == seen;
        };
        return () => seen;
    }
}
