using System.Net;
using System.Net.Sockets;

namespace Tidegate.Interop;

/// <summary>A port that never accepts: once its queue is full, connecting to it hangs, as with a host that drops packets.</summary>
static class Deaf
{
    public static async Task Run()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(0);
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var waiting = new List<Socket>();
        for (var connected = true; connected;)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            waiting.Add(client);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try { await client.ConnectAsync(IPAddress.Loopback, port, patience.Token); }
            catch (OperationCanceledException) { connected = false; }
        }
        Conversation.Say(new { Port = port });
        await Console.In.ReadToEndAsync();
        waiting.ForEach(client => client.Dispose());
    }
}
