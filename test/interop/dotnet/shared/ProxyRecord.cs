namespace Tidegate.Interop;

/// <summary>A proxy as an Octopus proxy record or web proxy setting holds it. Without <c>User</c> none is configured.</summary>
sealed record ProxyRecord(string Host, int Port, string? User = null, string? Password = null);
