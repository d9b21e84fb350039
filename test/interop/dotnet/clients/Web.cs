using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Tidegate.Interop;

/// <summary>One HttpClient. Without a proxy it takes the one that its environment names, as on Linux and in containers.</summary>
/// <param name="Trusted">The PEM file of the one certificate it trusts.</param>
/// <param name="NullCredentials">Octopus' custom proxy without a user: credentials that are there, and empty.</param>
sealed record WebSetup(ProxyRecord? Proxy = null, string? Trusted = null, bool NullCredentials = false);

/// <param name="UploadBytes">A body of so many bytes of the pattern; chunked, or with its length.</param>
/// <param name="CancelAfterBytes">Gives up once so much of the answer has come (0: as soon as its head has).</param>
/// <param name="CancelWhen">Gives up waiting for the answer when this URL, requested without a proxy, has answered.</param>
sealed record WebStep(
    string[] Urls,
    string Method = "GET",
    long UploadBytes = 0,
    bool Chunked = false,
    bool ExpectContinue = false,
    bool AtOnce = false,
    long? CancelAfterBytes = null,
    string? CancelWhen = null);

static class Web
{
    /// <summary>Each step is one request to each of its URLs, one after the other or all at once, and a list of outcomes.</summary>
    public static async Task Run(WebSetup setup)
    {
        using var handler = Handler(setup);
        using var client = new HttpClient(handler);
        await Conversation.Answer<WebStep>(async step =>
        {
            var outcomes = new List<Task<object>>();
            foreach (var url in step.Urls)
            {
                var outcome = Conversation.Outcome(() => Fetch(client, url, step));
                outcomes.Add(outcome);
                if (!step.AtOnce) await outcome;
            }
            return await Task.WhenAll(outcomes);
        });
    }

    static SocketsHttpHandler Handler(WebSetup setup)
    {
        // Long enough that a slow machine never makes it send a body unasked, as it does after its usual second.
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        if (setup.Proxy is { } proxy)
        {
            // As Octopus makes its custom proxy: nothing bypasses it, not even loopback.
            handler.Proxy = new WebProxy(new UriBuilder("http", proxy.Host, proxy.Port).Uri)
            {
                Credentials = setup.NullCredentials ? new NetworkCredential()
                    : proxy.User is null ? null : new NetworkCredential(proxy.User, proxy.Password),
            };
        }
        if (setup.Trusted is { } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(file));
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        return handler;
    }

    static async Task CancelWhen(string signal, CancellationTokenSource cancel)
    {
        using var direct = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await direct.GetAsync(signal);
        await cancel.CancelAsync();
    }

    static async Task<object> Fetch(HttpClient client, string url, WebStep step)
    {
        using var cancel = new CancellationTokenSource();
        if (step.CancelWhen is { } signal) _ = CancelWhen(signal, cancel);
        using var request = new HttpRequestMessage(new HttpMethod(step.Method), url);
        if (step.ExpectContinue) request.Headers.ExpectContinue = true;
        if (step.Chunked) request.Headers.TransferEncodingChunked = true;
        if (step.UploadBytes > 0) request.Content = new PatternContent(step.UploadBytes, step.Chunked);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel.Token);
        await using var body = await response.Content.ReadAsStreamAsync(cancel.Token);
        if (step.CancelAfterBytes is { } enough)
        {
            await body.ReadExactlyAsync(new byte[enough], cancel.Token);
            cancel.Cancel();
            cancel.Token.ThrowIfCancellationRequested();
        }
        var start = new MemoryStream();
        var digest = await Pattern.Read(new Starting(body, start), cancel.Token);
        return new
        {
            Status = (int)response.StatusCode,
            Reason = response.ReasonPhrase,
            Headers = response.Headers.ToDictionary(field => field.Key.ToLowerInvariant(), field => field.Value.ToArray()),
            Text = System.Text.Encoding.Latin1.GetString(start.ToArray()),
            digest.Length,
            digest.Sha256,
        };
    }
}
