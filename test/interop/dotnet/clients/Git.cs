using System.Security.Cryptography.X509Certificates;
using LibGit2Sharp;

namespace Tidegate.Interop;

/// <param name="Thumbprint">The SHA-1 of the one server certificate that is trusted.</param>
sealed record GitSetup(ProxyRecord Proxy, string Thumbprint);

/// <param name="Task"><c>clone</c>; <c>fetch</c> and <c>push</c> work on the clone that is there, push after a commit.</param>
sealed record GitStep(string Task, string Url, string Path);

static class Git
{
    public static Task Run(GitSetup setup)
    {
        GlobalSettings.SetConfigSearchPaths(ConfigurationLevel.Global, Directory.GetCurrentDirectory());
        GlobalSettings.SetConfigSearchPaths(ConfigurationLevel.System, Directory.GetCurrentDirectory());
        return Conversation.Answer<GitStep>(step => Task.Run<object>(() => step.Task switch
        {
            "clone" => Clone(setup, step),
            "fetch" => Fetch(setup, step),
            "push" => Push(setup, step),
            var other => throw new ArgumentException($"no such task: {other}"),
        }));
    }

    static object Clone(GitSetup setup, GitStep step)
    {
        var options = new CloneOptions();
        options.FetchOptions.ProxyOptions.Take(Proxy(setup));
        options.FetchOptions.CertificateCheck = (certificate, _, _) => Trusts(setup, certificate);
        Repository.Clone(step.Url, step.Path, options);
        return Tip(step.Path, "HEAD");
    }

    static object Fetch(GitSetup setup, GitStep step)
    {
        using var repository = new Repository(step.Path);
        var options = new FetchOptions { CertificateCheck = (certificate, _, _) => Trusts(setup, certificate) };
        options.ProxyOptions.Take(Proxy(setup));
        Commands.Fetch(repository, "origin", [], options, "");
        return Tip(step.Path, "refs/remotes/origin/main");
    }

    static object Push(GitSetup setup, GitStep step)
    {
        using var repository = new Repository(step.Path);
        var author = new Signature("test", "test@example.test", DateTimeOffset.UnixEpoch);
        repository.Commit("pushed through", author, author, new CommitOptions { AllowEmptyCommit = true });
        var refused = new List<string>();
        var options = new PushOptions
        {
            CertificateCheck = (certificate, _, _) => Trusts(setup, certificate),
            OnPushStatusError = error => refused.Add($"{error.Reference}: {error.Message}"),
        };
        options.ProxyOptions.Take(Proxy(setup));
        repository.Network.Push(repository.Network.Remotes["origin"], "refs/heads/main", options);
        if (refused.Count > 0) throw new InvalidOperationException(string.Join(", ", refused));
        return Tip(step.Path, "HEAD");
    }

    static object Tip(string path, string reference)
    {
        using var repository = new Repository(path);
        var commit = repository.Lookup<Commit>(reference);
        return new { commit.Sha, commit.MessageShort };
    }

    static ProxyOptions Proxy(GitSetup setup)
    {
        var options = new ProxyOptions
        {
            ProxyType = ProxyType.Specified,
            Url = $"http://{setup.Proxy.Host}:{setup.Proxy.Port}",
        };
        if (setup.Proxy.User is { } user)
        {
            options.CredentialsProvider = (_, _, _) =>
                new UsernamePasswordCredentials { Username = user, Password = setup.Proxy.Password ?? "" };
        }
        return options;
    }

    /// <summary>The options of a fetch or push hold proxy options that cannot be replaced, only filled in.</summary>
    static void Take(this ProxyOptions into, ProxyOptions from)
    {
        into.ProxyType = from.ProxyType;
        into.Url = from.Url;
        into.CredentialsProvider = from.CredentialsProvider;
    }

    static bool Trusts(GitSetup setup, Certificate certificate) =>
        certificate is CertificateX509 { Certificate: var offered }
        && X509CertificateLoader.LoadCertificate(offered.GetRawCertData()).Thumbprint == setup.Thumbprint;
}
