using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Halibut;
using Halibut.Transport.Proxy;

namespace Tidegate.Interop;

/// <summary>Certificates as Octopus and Tentacle make them: self-signed, RSA 2048, SHA-256.</summary>
static class Certificates
{
    /// <summary>Makes one, keeps it in a PKCS #12 file, and gives its thumbprint.</summary>
    public static string Make(string file)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Octopus Tentacle", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
        File.WriteAllBytes(file, made.Export(X509ContentType.Pfx));
        return made.Thumbprint;
    }

    public static X509Certificate2 Load(string file) => X509CertificateLoader.LoadPkcs12FromFile(file, null);

    public static ProxyDetails ForHalibut(this ProxyRecord proxy) =>
        new(proxy.Host, proxy.Port, ProxyType.HTTP, proxy.User, proxy.Password);
}
