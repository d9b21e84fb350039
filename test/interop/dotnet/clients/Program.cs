using Tidegate.Interop;

// One client library a word; its setup is the second argument. See Conversation.
var setup = args.Length == 2 ? args[1] : throw new ArgumentException("wanted: CLIENT SETUP");
await (args[0] switch
{
    "http" => Web.Run(Conversation.Read<WebSetup>(setup)),
    "ssh" => Ssh.Run(Conversation.Read<SshSetup>(setup)),
    "git" => Git.Run(Conversation.Read<GitSetup>(setup)),
    "deaf" => Deaf.Run(),
    var other => throw new ArgumentException($"no such client: {other}"),
});
